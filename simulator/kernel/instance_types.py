"""What an instance type is to the ECS agent."""

from dataclasses import dataclass
from functools import cache

from moto.ec2.models.instance_types import INSTANCE_TYPES

MEMORY_SHARE = 0.93
"""What the agent finds of the type's memory after kernel and system: 8,192 MiB register as some 7,600."""


@dataclass(frozen=True)
class InstanceType:
    """What an instance type is to the agent."""

    cpu: int
    memory: int
    gpu: int
    architecture: str


@cache
def instance_type_facts(instance_type: str) -> InstanceType:
    """The type's facts, from the same data as DescribeInstanceTypes; raises KeyError for an unknown type."""
    facts = INSTANCE_TYPES[instance_type]
    return InstanceType(
        cpu=facts["VCpuInfo"]["DefaultVCpus"] * 1024,
        memory=int(facts["MemoryInfo"]["SizeInMiB"] * MEMORY_SHARE),
        gpu=sum(gpu["Count"] for gpu in facts.get("GpuInfo", {}).get("Gpus", ())),
        architecture="arm64" if "arm64" in facts["ProcessorInfo"]["SupportedArchitectures"] else "x86_64",
    )
