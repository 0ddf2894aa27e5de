"""The topics that people subscribe to: what rollouts ask and tell, and what CloudWatch's alarms say of them."""

from aws_cdk import Aws, CfnOutput
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from workflow.settings import Settings


def message_topic(scope: Construct, settings: Settings) -> sns.Topic:
    """One topic for all rollouts, encrypted under AWS's own key for SNS. The functions' roles may publish there."""
    key = kms.Alias.from_alias_name(scope, "TopicKey", "alias/aws/sns")
    topic = sns.Topic(scope, "Messages", display_name="ECS AMI rollouts", enforce_ssl=True, master_key=key)
    return _heard(topic, settings)


def alarm_topic(scope: Construct, settings: Settings) -> sns.Topic:
    """Another one for the alarms: CloudWatch cannot publish to a topic under AWS's own key for SNS.

    The policy that asks for TLS replaces the one by which a topic without a policy admits the account's alarms.
    """
    topic = sns.Topic(scope, "Alarms", display_name="ECS AMI rollouts: alarms", enforce_ssl=True)
    topic.add_to_resource_policy(
        iam.PolicyStatement(
            sid="AllowAlarmsOfThisAccount",
            principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
            actions=["sns:Publish"],
            resources=[topic.topic_arn],
            conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
        )
    )
    return _heard(topic, settings)


def _heard(topic: sns.Topic, settings: Settings) -> sns.Topic:
    """The topic with the settings' subscribers, its ARN among the stack's outputs for those that subscribe later."""
    for subscriber in settings.subscribers:
        https = subscriber.startswith("https://")
        topic.add_subscription(
            subscriptions.UrlSubscription(subscriber) if https else subscriptions.EmailSubscription(subscriber)
        )
    CfnOutput(topic.stack, f"{topic.node.id}Topic", value=topic.topic_arn)
    return topic
