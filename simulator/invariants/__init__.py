"""What must hold of every rollout, checked by the region itself after every event."""
