"""The sample stack: wires the constructs, defines none.

Two zones of public subnets and no NAT gateway, because it is to be cheap; docs/sample.md says what it costs.
"""

from typing import Any

from aws_cdk import Acknowledgment, CfnOutput, CfnParameter, Stack, Validations
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from constructs import Construct

from workflow.sample.node_groups import ARM, X86, NodeGroup
from workflow.sample.services import Services

NAME = "EcsAmiRolloutSample"
CLUSTER = "rollout-sample"
IMAGE = "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>"


ACCEPTED = {
    "VPC7": "A sample without data to protect; flow logs would cost more than it.",
    "ECS4": "Container Insights costs by the metric; the rollout's own dashboard is what is looked at.",
    "AS3": "Scaling events are in the rollout's report and log.",
    "ELB2": "Access logs of a page that says its AMI are of use to nobody.",
    "EC23": "The page is to be looked at from anywhere; it shows an architecture and an AMI id.",
    "IAM5[Action::ecs:Submit*]": "CDK's own grant to the ECS agent.",
    "IAM5[Resource::*]": "CDK's own grant to the ECS agent, whose calls know no resource-level permissions.",
}
"""Rules of cdk-nag's AwsSolutions that the sample does not follow, and why."""


class Sample(Stack):
    """VPC, cluster, an x86 and an Arm node group with capacity providers, and five services on them."""

    def __init__(self, scope: Construct, **where: Any) -> None:
        super().__init__(scope, NAME, **where)
        vpc = ec2.Vpc(
            self,
            "Vpc",
            max_azs=2,
            nat_gateways=0,
            subnet_configuration=[ec2.SubnetConfiguration(name="Public", subnet_type=ec2.SubnetType.PUBLIC)],
        )
        cluster = ecs.Cluster(self, "Cluster", vpc=vpc, cluster_name=CLUSTER)
        groups = [NodeGroup(self, kind, cluster, self._image(kind.name, kind.parameter)) for kind in (X86, ARM)]
        services = Services(self, "Services", cluster, groups)
        reasons = ACCEPTED.items()
        Validations.of(self).acknowledge(
            *(Acknowledgment(id=f"AwsSolutions::AwsSolutions-{rule}", reason=reason) for rule, reason in reasons)
        )
        CfnOutput(self, "Url", value=f"http://{services.balancer.load_balancer_dns_name}")

    def _image(self, name: str, parameter: str) -> str:
        """The AMI that the group begins with; an older one makes a rollout possible at once."""
        given = CfnParameter(
            self, f"{name}Ami", type=IMAGE, default=parameter, description=f"Holds the AMI that {name} begins with"
        )
        return given.value_as_string
