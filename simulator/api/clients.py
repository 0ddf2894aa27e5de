"""boto3 clients of the simulated region, made once per process: a client costs 100 ms to make.

moto must be imported first: it hooks itself into each client as it is made. The dispatch imports it.
"""

from functools import cache
from typing import Any

import boto3

import simulator.api.dispatch  # noqa: F401  moto first


@cache
def client(service: str, region: str) -> Any:
    """The client of that service."""
    session: Any = boto3.session.Session(
        aws_access_key_id="simulated", aws_secret_access_key="simulated", region_name=region
    )
    return session.client(service)
