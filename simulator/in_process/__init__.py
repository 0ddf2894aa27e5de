"""The in-process mode: the same handlers and the same region without boto3's stack, moto's front and interpreter."""
