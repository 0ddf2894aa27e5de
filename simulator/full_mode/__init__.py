"""The full mode: boto3 as it is, moto's front and its ASL interpreter, the process's own clock on virtual time."""
