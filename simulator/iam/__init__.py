"""IAM as the region enforces it: the template's policies, evaluated for every call that the stack makes."""
