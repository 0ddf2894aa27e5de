"""A scenario file is read, or each thing wrong with it is said in one line."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from handlers import catalogue
from simulator.scenario.load import ScenarioInvalid, from_json, load, parse
from simulator.scenario.state_names import BEFORE
from simulator.stepfunctions.definition import all_states

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.json"))
MINIMAL: dict[str, Any] = {
    "name": "small",
    "cluster": "prod",
    "amis": [{"image_id": "ami-0aaaaaaaaaaaaaaa1"}, {"image_id": "ami-0bbbbbbbbbbbbbbb2"}],
    "node_groups": [{"name": "nodes", "ami": "ami-0aaaaaaaaaaaaaaa1", "size": 3}],
    "services": [{"name": "web", "count": 3}, {"name": "worker"}],
    "alarms": [{"name": "errors"}],
}


def complaints_about(document: object) -> list[str]:
    with pytest.raises(ScenarioInvalid) as caught:
        from_json(document, "x.json")
    return caught.value.lines


def changed(path: str, value: object) -> dict[str, Any]:
    document = copy.deepcopy(MINIMAL)
    *parents, last = [int(part) if part.isdecimal() else part for part in path.split(".")]
    place: Any = document
    for part in parents:
        place = place[part]
    place[last] = value
    return document


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_a_scenario_named_after_its_file(path: Path) -> None:
    assert load(path).name == path.stem


def test_what_a_file_leaves_out_has_the_models_defaults() -> None:
    scenario = from_json(MINIMAL)

    assert scenario.timings.agent_seconds == (30.0, 60.0)
    assert scenario.services[0].maximum_percent == 200
    assert scenario.expect.end == "all_new"


def test_the_rollouts_input_names_the_cluster_unless_it_names_one_itself() -> None:
    assert from_json(MINIMAL).input == {"cluster": "prod"}
    assert from_json(changed("input", {"cluster": "other"})).input == {"cluster": "other"}


def test_a_number_of_seconds_is_a_range_of_one_point() -> None:
    assert from_json(changed("timings", {"agent_seconds": 20})).timings.agent_seconds == (20.0, 20.0)


def test_a_whole_number_may_be_written_with_a_point() -> None:
    text = json.dumps(MINIMAL).replace('"size": 3', '"size": 3.0')

    assert "3.0" in text
    assert parse(text, "scenario") == from_json(MINIMAL)


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        (
            "services.1.minimum_healthy_percent",
            130,
            "services[1].minimum_healthy_percent: 130 is greater than the maximum of 100",
        ),
        ("services.0.count", "3", "services[0].count: '3' is not a whole number"),
        ("node_groups.0.size", -1, "node_groups[0].size: -1 is less than the minimum of 0"),
        ("node_groups", [], "node_groups: must not be empty"),
        ("amis.0.agent", "dreams", "amis[0].agent: 'dreams' is not one of connects, never_connects, flaps, goes"),
        (
            "timings",
            {"agent_seconds": [1]},
            "timings.agent_seconds: [1] is neither a number of seconds nor [lowest, highest]",
        ),
        ("alarms.0", {}, "alarms[0]: 'name' is missing"),
        (
            "alarms.0",
            {"name": "a", "colour": "red"},
            "alarms[0]: 'colour' is no key here; allowed are name, state, composite",
        ),
        (
            "faults",
            [{"kind": "stop_tasks", "at": 1, "state": catalogue.BAKE.forward, "with": {"service": "web"}}],
            "faults[0]: exactly one of 'at', 'state' is needed",
        ),
        ("faults", [{"kind": "set_alarm", "at": 1, "with": {"name": "errors"}}], "faults[0].with: 'state' is missing"),
        ("faults", [{"kind": "stop_tasks", "at": 1}], "faults[0].with: 'service' is missing"),
        (
            "faults",
            [{"kind": "deploy_service", "at": 1, "with": {"service": "web", "colour": "red"}}],
            "faults[0].with: 'colour' is no key here; allowed are service",
        ),
        (
            "services.0.capacity_provider_strategy",
            [{"capacityProvider": "x", "wait": 1}],
            (
                "services[0].capacity_provider_strategy[0]: 'wait' is no key here; "
                "allowed are capacityProvider, weight, base"
            ),
        ),
        ("services.0.load_balancer", None, "services[0].load_balancer: null is not an object"),
        ("node_groups.0.availability_zones", [], "node_groups[0].availability_zones: must not be empty"),
        ("services.0.host_ports", [80, 80], "services[0].host_ports: [80, 80] says something twice"),
        ("services.0.host_ports", [True], "services[0].host_ports[0]: true is not a whole number"),
        ("timings", {"stop_seconds": [9, 3]}, "timings.stop_seconds: the lowest, 9, is greater than the highest, 3"),
        (
            "amis.0.tasks_crash_after_seconds",
            [9, 3],
            "amis[0].tasks_crash_after_seconds: the lowest, 9, is greater than the highest, 3",
        ),
    ],
)
def test_what_the_model_forbids_is_one_line_with_its_place(path: str, value: object, line: str) -> None:
    assert complaints_about(changed(path, value)) == [f"x.json: {line}"]


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        (
            "node_groups.0.ami",
            "ami-0123456789abcdef0",
            (
                "node_groups[0].ami: ami-0123456789abcdef0 is not among the amis "
                "(ami-0aaaaaaaaaaaaaaa1, ami-0bbbbbbbbbbbbbbb2)"
            ),
        ),
        ("node_groups.0.max", 2, "node_groups[0].size: 3 is greater than its max of 2"),
        ("node_groups.0.min", 4, "node_groups[0].min: 4 is greater than its size of 3"),
        (
            "node_groups.0.instance_type",
            "m6i.tiny",
            "node_groups[0].instance_type: 'm6i.tiny' is not an EC2 instance type",
        ),
        ("node_groups.0.managed_scaling", True, "node_groups[0].managed_scaling: needs a capacity_provider"),
        ("services.1.name", "web", "services: 'web' is given 2 times"),
        (
            "services.0.memory",
            100_000,
            "services[0]: a task of 256 CPU units, 100000 MiB fits on no instance of any node group",
        ),
        (
            "faults",
            [{"kind": "set_alarm", "at": 1, "with": {"name": "none", "state": "OK"}}],
            "faults[0].with.name: 'none' is not among the alarms",
        ),
    ],
)
def test_parts_that_contradict_each_other_are_one_line(path: str, value: object, line: str) -> None:
    assert complaints_about(changed(path, value)) == [f"x.json: {line}"]


def test_more_holders_of_a_host_port_than_instances_are_refused() -> None:
    document = changed("services", [{"name": name, "count": 2, "host_ports": [80]} for name in ("web", "edge")])

    assert complaints_about(document) == [
        "x.json: services: host port 80 is wanted by 4 tasks (web, edge) on 3 instances"
    ]


def test_everything_wrong_is_said_at_once() -> None:
    document = changed("services.0.count", "3") | {"colour": "red"}

    assert len(complaints_about(document)) == 2


def test_a_file_that_is_no_json_names_line_and_column() -> None:
    with pytest.raises(ScenarioInvalid) as caught:
        parse('{"name": "x",\n  oops}', "x.json")

    assert caught.value.lines[0].startswith("x.json: line 2, column 3: is not JSON")


def test_a_key_given_twice_is_refused_and_not_overwritten() -> None:
    with pytest.raises(ScenarioInvalid) as caught:
        parse('{"name": "x", "name": "y"}', "x.json")

    assert caught.value.lines == ["x.json: the key 'name' appears twice in one object"]


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ScenarioInvalid) as caught:
        load(tmp_path / "none.json")

    assert caught.value.lines == [f"{tmp_path}/none.json: No such file or directory"]


def test_a_document_that_is_no_object_is_refused() -> None:
    assert complaints_about(json.loads("[]")) == ["x.json: [] is not an object"]


@pytest.mark.parametrize(
    ("said", "meant"),
    [("Nothing old is left", catalogue.ALL_REPLACED.forward), (catalogue.BAKE.forward, catalogue.BAKE.forward)],
)
def test_a_state_may_be_called_what_it_was_called_before(said: str, meant: str) -> None:
    fault = {"kind": "stop_execution", "state": said}
    person = {"after": {"state": said}, "input": {"action": "abort"}}
    loaded = from_json({**MINIMAL, "faults": [fault], "people": [person]})
    assert (loaded.faults[0].state, loaded.people[0].after.state) == (meant, meant)


def test_every_old_name_stands_for_a_state_of_the_graph(definition: dict[str, Any]) -> None:
    assert set(BEFORE.values()) <= set(all_states(definition))
