"""The topic that people subscribe to: what rollouts ask and tell is published there."""

from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from workflow.settings import Settings


def message_topic(scope: Construct, settings: Settings) -> sns.Topic:
    """One topic for all rollouts, encrypted under AWS's own key for SNS; publishers have to use TLS."""
    key = kms.Alias.from_alias_name(scope, "TopicKey", "alias/aws/sns")
    topic = sns.Topic(scope, "Messages", display_name="ECS AMI rollouts", enforce_ssl=True, master_key=key)
    for one in settings.subscribers:
        https = one.startswith("https://")
        topic.add_subscription(subscriptions.UrlSubscription(one) if https else subscriptions.EmailSubscription(one))
    return topic
