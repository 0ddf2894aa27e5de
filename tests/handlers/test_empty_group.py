"""A node group without instances, in a cluster that has others: nothing to move, and the next launch is new."""

from dataclasses import replace

from handlers.payloads import StepKind
from handlers.states.assess_fleet import assess
from handlers.states.create_launch_template_version import handler as create_version
from handlers.states.finish_rollout import handler as finish
from handlers.states.prepare_node_group import handler as prepare
from simulator.scenario.model import NodeGroup
from tests.handlers.conftest import CLUSTER, NEW, OLD, Open


def test_an_empty_group_ends_with_its_next_launch_on_the_new_ami(stage: Open) -> None:
    empty = NodeGroup("empty", OLD, 0, max=2, capacity_provider="spare")
    opened = stage(node_groups=(replace(CLUSTER.node_groups[0]), empty))
    rehearsal = opened.locked(capacity_provider="spare")
    create_version(rehearsal.event(), None)
    prepare(rehearsal.event(), None)
    assert assess(rehearsal.context).step is StepKind.DONE
    assert finish(rehearsal.event(), None)["status"] == "rolled-out"
    group = opened.clients.autoscaling.group("empty")
    assert group is not None
    assert (group.desired, group.minimum, group.maximum, group.suspended) == (0, 0, 2, ())
    used = opened.clients.ec2.template_version(group.template["LaunchTemplateId"], group.template["Version"])  # type: ignore[index]
    assert used is not None
    assert used.image_id == NEW
