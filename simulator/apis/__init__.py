"""APIs of AWS that are simulated in one file each, beside EC2, Auto Scaling and ECS, which have rooms of their own."""
