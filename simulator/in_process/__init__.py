"""The fast lane: the same handlers and the same world without boto3's stack, moto's front and its ASL interpreter."""
