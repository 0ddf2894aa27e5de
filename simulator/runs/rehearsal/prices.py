"""What a rollout costs, estimated from public on-demand prices (us-east-1, Linux, January 2026, in US dollars).

An estimate for comparing rollouts with each other, not a bill: no free tier, no discounts, no data transfer, no EBS.
"""

STATE_TRANSITION = 0.025 / 1_000  # Step Functions, Standard
LAMBDA_REQUEST = 0.20 / 1_000_000
LAMBDA_GB_SECOND = 0.0000133334  # arm64
DYNAMODB_WRITE = 0.625 / 1_000_000  # on demand, one item of up to 1 KB
DYNAMODB_READ = 0.125 / 1_000_000  # on demand, one item of up to 4 KB

HANDLER_GB = 256 / 1024
HANDLER_SECONDS = 0.15
"""Mean billed time of one handler besides its API calls, which the simulation measures."""

DYNAMODB_WRITES = frozenset(("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"))

INSTANCE_HOUR = {
    "t3.micro": 0.0104,
    "t3.small": 0.0208,
    "t3.medium": 0.0416,
    "t3.large": 0.0832,
    "t4g.medium": 0.0336,
    "m5.large": 0.096,
    "m5.xlarge": 0.192,
    "m6i.large": 0.096,
    "m6i.xlarge": 0.192,
    "m6i.2xlarge": 0.384,
    "m6g.large": 0.077,
    "m7g.large": 0.0816,
    "c5.large": 0.085,
    "c6i.large": 0.085,
    "c6i.xlarge": 0.17,
    "c7g.large": 0.0725,
    "r6i.large": 0.126,
    "g4dn.xlarge": 0.526,
}
ANY_OTHER_INSTANCE_HOUR = 0.10


def costs(
    *,
    state_transitions: int,
    lambda_invocations: int,
    lambda_seconds: float,
    api_calls: dict[str, int],
    surge_instance_hours: float,
    instance_type: str,
) -> dict[str, float]:
    """Dollars by what they are paid for. `lambda_seconds` is the time the handlers spent in API calls."""
    billed_seconds = lambda_seconds + lambda_invocations * HANDLER_SECONDS
    dynamodb = {name.removeprefix("dynamodb."): n for name, n in api_calls.items() if name.startswith("dynamodb.")}
    writes = sum(times for name, times in dynamodb.items() if name in DYNAMODB_WRITES)
    reads = sum(dynamodb.values()) - writes
    exact = {
        "step_functions": state_transitions * STATE_TRANSITION,
        "lambda": lambda_invocations * LAMBDA_REQUEST + billed_seconds * HANDLER_GB * LAMBDA_GB_SECOND,
        "dynamodb": writes * DYNAMODB_WRITE + reads * DYNAMODB_READ,
        "surge_instances": surge_instance_hours * INSTANCE_HOUR.get(instance_type, ANY_OTHER_INSTANCE_HOUR),
    }
    return {what: round(dollars, 6) for what, dollars in exact.items()}
