"""Amazon ECS on EC2: our own control plane and data plane, behind moto's front."""
