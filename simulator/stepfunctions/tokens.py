"""Task tokens as AWS makes and refuses them."""

TOKEN_BYTES = 48
INVALID = ("InvalidToken", "Invalid Token: 'Invalid token'")
LATE = ("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
"""As AWS says it of a token that was used before or has expired (aws-samples/amazon-mwaa-examples issue 61)."""
