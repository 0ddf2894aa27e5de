"""The topic that people subscribe to: approvals and promotions are asked for there."""

from aws_cdk import aws_sns as sns
from constructs import Construct


def message_topic(scope: Construct) -> sns.Topic:
    """One topic for all rollouts; publishers have to use TLS."""
    return sns.Topic(scope, "Messages", display_name="ECS AMI rollouts", enforce_ssl=True)
