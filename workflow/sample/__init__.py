"""A small cluster to try rollouts on. Optional: `cdk deploy EcsAmiRolloutSample -c sample=true`."""
