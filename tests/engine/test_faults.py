"""What others do and what breaks while an execution runs: each kind of fault, on a cluster that only waits."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from simulator.api.clients import client
from simulator.aws.ecs.state import EcsService
from simulator.faults.faults import FaultRefused, FaultStruck
from simulator.scenario.load import ScenarioInvalid, from_json
from simulator.simulation import Simulation
from tests.engine.machines import chain, synthesized, wait

OLD, NEW = "ami-0aaaaaaaaaaaaaaa1", "ami-0bbbbbbbbbbbbbbb2"
SCENARIO: dict[str, Any] = {
    "name": "meddled-with",
    "cluster": "prod",
    "amis": [{"image_id": OLD}, {"image_id": NEW}],
    "node_groups": [{"name": "nodes", "ami": OLD, "size": 3, "max": 5}],
    "services": [{"name": "web", "count": 3, "load_balancer": {}}, {"name": "worker", "count": 3}],
    "parameters": {"/ami/latest": OLD},
}


def struck(kind: str, at: float = 10, **given: Any) -> dict[str, Any]:
    return {"kind": kind, "at": at, "with": given}


@contextmanager
def waited(tmp_path: Path, *faults: dict[str, Any], seconds: int = 300, **changes: Any) -> Iterator[Simulation]:
    """The region after so many seconds, faults and all."""
    scenario = from_json({**SCENARIO, **changes, "faults": list(faults)})
    with Simulation(scenario, seed=1, cdk_out=synthesized(chain(wait(seconds)), tmp_path)) as region:
        region.start_execution().wait()
        yield region


def heard(region: Simulation, kind: type[object]) -> list[str]:
    return [line for line in region.bus.trace.lines if f'"event": "{kind.__name__}"' in line]


def running(region: Simulation, name: str) -> int:
    service: EcsService = region.cluster.services[name]
    return sum(task.last_status == "RUNNING" for task in service.tasks.values())


def test_somebody_gives_a_parameter_another_value(tmp_path: Path) -> None:
    with waited(tmp_path, struck("set_parameter", name="/ami/latest", value=NEW)) as region:
        assert client("ssm", "eu-west-1").get_parameter(Name="/ami/latest")["Parameter"]["Value"] == NEW
        assert region.dispatch.calls["ssm", "PutParameter"] == 0


def test_somebody_edits_a_service(tmp_path: Path) -> None:
    changes = {"desiredCount": 1, "placementConstraints": [{"type": "distinctInstance"}]}
    with waited(tmp_path, struck("update_service", service="worker", changes=changes)) as region:
        service = region.cluster.services["worker"]
        assert (service.desired_count, running(region, "worker")) == (1, 1)
        assert service.placement_constraints == [{"type": "distinctInstance"}]


def test_what_ecs_refuses_changes_nothing_and_is_told(tmp_path: Path) -> None:
    changes = {"taskDefinition": "nothing:7"}
    with waited(tmp_path, struck("update_service", service="worker", changes=changes)) as region:
        assert '"error": "ClientException"' in heard(region, FaultRefused)[0]


def test_somebody_sets_the_desired_capacity(tmp_path: Path) -> None:
    with waited(tmp_path, struck("set_desired", auto_scaling_group="nodes", desired=5)) as region:
        assert len(region.instances("nodes")) == 5
        assert heard(region, FaultRefused) == []


def test_a_desired_capacity_beyond_the_maximum_is_refused(tmp_path: Path) -> None:
    with waited(tmp_path, struck("set_desired", auto_scaling_group="nodes", desired=6)) as region:
        assert len(region.instances("nodes")) == 3
        assert '"error": "ValidationError"' in heard(region, FaultRefused)[0]


def test_somebody_else_drains_an_instance(tmp_path: Path) -> None:
    with waited(tmp_path, struck("drain_instance", which="oldest")) as region:
        oldest = min(region.instances("nodes"), key=lambda host: host.launched_at).instance_id
        statuses = {instance.key: instance.status for instance in region.cluster.instances.values()}
        assert [name for name, status in statuses.items() if status == "DRAINING"] == [oldest]
        assert f'"takes": ["{oldest}"]' in heard(region, FaultStruck)[0]


@pytest.mark.parametrize("given", [{"ami": OLD}, {"service": "web"}, {"service": "web", "ami": OLD}])
def test_targets_stop_getting_healthy_and_get_healthy_again(tmp_path: Path, given: dict[str, Any]) -> None:
    deploy = struck("deploy_service", at=20, service="web")
    with waited(tmp_path, struck("never_healthy", **given), deploy) as region:
        assert region.cluster.services["web"].primary.rollout_state == "IN_PROGRESS"
    mended = struck("never_healthy", at=15, on=False, **given)
    with waited(tmp_path, struck("never_healthy", **given), mended, deploy) as region:
        assert region.cluster.services["web"].primary.rollout_state == "COMPLETED"


def test_targets_of_another_ami_stay_as_they_are(tmp_path: Path) -> None:
    deploy = struck("deploy_service", at=20, service="web")
    with waited(tmp_path, struck("never_healthy", ami=NEW), deploy) as region:
        assert region.cluster.services["web"].primary.rollout_state == "COMPLETED"


def test_tasks_of_a_service_on_an_ami_crash_from_now_on(tmp_path: Path) -> None:
    with waited(tmp_path, struck("crash_tasks", service="worker", ami=OLD)) as region:
        assert all(task.created_at > region.started_at for task in region.cluster.services["worker"].tasks.values())
        codes = {task.stop_code for task in region.cluster.stopped.values()}
        assert codes == {"EssentialContainerExited"}
        assert running(region, "web") == 3
    with waited(tmp_path, struck("crash_tasks", service="worker", ami=NEW)) as region:
        assert region.cluster.stopped == {}


def test_crashing_can_end(tmp_path: Path) -> None:
    end = struck("crash_tasks", at=60, service="worker", on=False)
    with waited(tmp_path, struck("crash_tasks", service="worker"), end) as region:
        assert running(region, "worker") == 3


def test_faults_count_the_states_of_the_first_execution_only(tmp_path: Path) -> None:
    second = {"kind": "scale_service", "state": "S1", "nth": 2, "with": {"service": "worker", "count": 1}}
    person = {"after": {"at": 5}, "input": {}}
    with waited(tmp_path, second, people=[person]) as region:
        assert region.operators.results()[0].status == "SUCCEEDED"
        assert region.cluster.services["worker"].desired_count == 3


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        (
            struck("update_service", service="web", changes={"desired": 3}),
            "faults[0].with.changes: UpdateService has no 'desired' that could be changed",
        ),
        (struck("crash_tasks", service="wob"), "faults[0].with.service: 'wob' is not among the services"),
        (
            struck("never_healthy", ami="ami-0123456789abcdef0"),
            "faults[0].with.ami: 'ami-0123456789abcdef0' is not among the amis",
        ),
        (struck("never_healthy"), "faults[0].with: one of 'service', 'ami' is missing"),
        (struck("set_desired", desired=3), "faults[0].with: 'auto_scaling_group' is missing"),
    ],
)
def test_what_names_nothing_is_refused(fault: dict[str, Any], line: str) -> None:
    with pytest.raises(ScenarioInvalid) as raised:
        from_json({**SCENARIO, "faults": [fault]}, "x.json")
    assert raised.value.lines == [f"x.json: {line}"]


def test_an_agent_that_is_gone_for_good_reports_nothing_and_is_asked_in_vain(tmp_path: Path) -> None:
    gone = struck("disconnect_agent", at=5, which="oldest")
    with waited(tmp_path, gone, struck("drain_instance", which="oldest")) as region:
        instance = min(region.cluster.instances.values(), key=lambda each: (each.ec2_instance.launched_at, each.key))
        assert (instance.status, instance.agent_connected, instance.ec2_instance.alive) == ("DRAINING", False, True)
        held = list(instance.tasks.values())
        assert held
        assert {(task.desired_status, task.last_status) for task in held} == {("STOPPED", "RUNNING")}
        assert running(region, "web") == 3 + sum(task.service.name == "web" for task in held if task.service)
        region.ec2.terminate(instance.ec2_instance, "test")
        region.clock.advance(120)
        assert {task.last_status for task in held} == {"RUNNING"}  # until it is deregistered: nobody has told ECS
        region.ecs.deregister_container_instance(
            cluster=region.cluster.name, containerInstance=instance.arn, force=True
        )
        assert {task.last_status for task in held} == {"STOPPED"}


def test_nothing_is_placed_where_the_agent_is_gone_and_the_connection_never_comes_back(tmp_path: Path) -> None:
    flaps = {"timings": {"agent_flap_seconds": 20}}
    deploys = struck("deploy_service", service="worker", at=20)
    with waited(tmp_path, struck("disconnect_agent", at=5, which="oldest"), deploys, **flaps) as region:
        instance = min(region.cluster.instances.values(), key=lambda each: (each.ec2_instance.launched_at, each.key))
        assert not instance.agent_connected
        assert instance.tasks
        assert all(task.created_at < region.started_at + 15 for task in instance.tasks.values())
