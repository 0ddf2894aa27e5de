"""The simulated region: moto as the wire, our own ECS and Auto Scaling behind it, virtual time."""
