"""The simulated region: moto as the front, our own ECS and Auto Scaling behind it, virtual time."""
