"""Rules about a request that stand in prose only, one file for each kind of service."""
