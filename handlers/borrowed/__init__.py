"""What a rollout borrows of its node groups, services and cluster, gives back, and reads back."""
