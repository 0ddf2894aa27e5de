"""A node group of the sample: an Auto Scaling group from a launch template, and its capacity provider."""

from dataclasses import dataclass

import jsii
from aws_cdk import Tags
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from constructs import Construct

from workflow.reach import TAG

PUBLIC = "/aws/service/ecs/optimized-ami/amazon-linux-2023"
BOOT_VOLUME_GIB = 30
HOPS = 2  # tasks on the bridge ask the instance metadata for their AMI


@dataclass(frozen=True)
class Kind:
    """What tells a node group from another one."""

    name: str
    provider: str
    instance_type: str
    parameter: str


X86 = Kind("X86", "rollout-sample-x86", "t3.small", f"{PUBLIC}/recommended/image_id")
ARM = Kind("Arm", "rollout-sample-arm", "t4g.small", f"{PUBLIC}/arm64/recommended/image_id")


@jsii.implements(ec2.IMachineImage)
class _Image:
    """An AMI id that is known at deployment."""

    def __init__(self, image_id: str) -> None:
        self._image_id = image_id

    def get_image(self, _scope: Construct) -> ec2.MachineImageConfig:
        """The image, for Linux."""
        return ec2.MachineImageConfig(
            image_id=self._image_id, os_type=ec2.OperatingSystemType.LINUX, user_data=ec2.UserData.for_linux()
        )


class NodeGroup(Construct):
    """Two to six instances; ECS scales them with the tasks."""

    def __init__(self, scope: Construct, kind: Kind, cluster: ecs.Cluster, image_id: str) -> None:
        super().__init__(scope, kind.name)
        self.security_group = ec2.SecurityGroup(self, "Instances", vpc=cluster.vpc, description="Container instances")
        template = ec2.LaunchTemplate(
            self,
            "Template",
            instance_type=ec2.InstanceType(kind.instance_type),
            machine_image=_Image(image_id),
            security_group=self.security_group,
            user_data=ec2.UserData.for_linux(),
            require_imdsv2=True,
            http_put_response_hop_limit=HOPS,
            role=iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com")),  # CDK grants the agent's
            block_devices=[
                ec2.BlockDevice(
                    device_name="/dev/xvda", volume=ec2.BlockDeviceVolume.ebs(BOOT_VOLUME_GIB, encrypted=True)
                )
            ],
        )
        Tags.of(template).add(TAG, "yes")
        group = autoscaling.AutoScalingGroup(
            self,
            "Group",
            vpc=cluster.vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC),
            launch_template=template,
            auto_scaling_group_name=kind.provider,
            min_capacity=2,
            max_capacity=6,
        )
        self.provider = ecs.AsgCapacityProvider(
            self,
            "Provider",
            auto_scaling_group=group,
            capacity_provider_name=kind.provider,
            enable_managed_scaling=True,
            enable_managed_termination_protection=False,
            enable_managed_draining=True,
            machine_image_type=ecs.MachineImageType.AMAZON_LINUX_2,
        )
        cluster.add_asg_capacity_provider(self.provider)
