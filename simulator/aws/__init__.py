"""APIs of AWS that are simulated in one file each, beside EC2, Auto Scaling and ECS, each with its package."""
