"""EC2 of the simulated region: launch templates, machine images, instances."""
