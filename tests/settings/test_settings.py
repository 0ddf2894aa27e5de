"""The settings file: three lines are enough, and every mistake is named before anything is deployed."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from handlers.domain.input.subscription import Rules, Source, Subscription, execution_name_for
from workflow.settings import Environment, SettingsInvalid, read_settings

ROOT = Path(__file__).parents[2]
SHORTEST = '[[rollouts]]\ncluster = "prod"\nami = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended"\n'
OWN = '[[rollouts]]\ncluster = "prod"\nami = "/ami/ecs/latest"\n'


def read(text: str, tmp_path: Path) -> Any:
    file = tmp_path / "rollouts.toml"
    file.write_text(text)
    return read_settings(file)


def test_three_lines_are_enough(tmp_path: Path) -> None:
    settings = read(SHORTEST, tmp_path)
    (source,), (follower,) = settings.sources, settings.subscriptions
    assert follower.parameter == source.writes
    assert Source.from_json(source.look).rules == Rules(owners=("amazon",))
    assert settings.environments == (Environment("default"),)


def test_without_rollouts_nothing_is_watched_and_nothing_followed(tmp_path: Path) -> None:
    for settings in (read("", tmp_path), read_settings(ROOT / "rollouts.toml")):
        assert settings.sources == settings.subscriptions == ()


def test_a_parameter_of_ones_own_is_followed_and_not_watched(tmp_path: Path) -> None:
    settings = read(OWN, tmp_path)
    assert settings.sources == ()
    assert settings.subscriptions[0].parameter == "/ami/ecs/latest"


def test_the_documented_settings_are_valid(tmp_path: Path) -> None:
    blocks = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "settings.md").read_text(), re.DOTALL)
    assert len(blocks) == 2
    longer = read(blocks[1], tmp_path)
    assert [subscription.name for subscription in longer.subscriptions] == ["web", "prod-test"]
    assert [subscription.name for subscription in longer.within(Environment("us")).subscriptions] == ["web"]


def test_what_the_stack_writes_is_what_the_functions_read(tmp_path: Path) -> None:
    blocks = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "settings.md").read_text(), re.DOTALL)
    for written in read(blocks[1], tmp_path).subscriptions:
        found = Subscription.from_json(written.name, json.dumps(written.value))
        assert found.parameter == written.parameter
    web = tomllib.loads(blocks[1])["rollouts"][0]
    assert Subscription.from_json("web", json.dumps(read(blocks[1], tmp_path).subscriptions[0].value)).rules == Rules(
        tuple(web["ami"]["owners"]), tuple(web["deny"]), web["soak_days"]
    )


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[[rollouts]]\n", "ami"),
        (SHORTEST + "surge = 1\n", "surge"),
        (SHORTEST + 'cluster_tags = {a = "b"}\n', "rollouts.0"),
        (SHORTEST + 'capacity_provider = "a"\nauto_scaling_group = "b"\n', "rollouts.0"),
        (SHORTEST + '[rollouts.input]\nami = "ami-0aaaaaaaaaaaaaaa1"\n', "rollouts.0.input"),
        (SHORTEST + "[rollouts.input]\nbake_seconds = -1\n", "bake_seconds is -1"),
        (SHORTEST + 'environments = ["nowhere"]\n', "there is no 'nowhere'"),
        (SHORTEST + SHORTEST, "two are called 'prod'"),
        (SHORTEST + "soak_days = -1\n", "soak_days"),
        ("rollouts = [", "cannot be read"),
    ],
)
def test_every_mistake_is_named(text: str, named: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match=re.escape(named)):
        read(text, tmp_path)


def test_a_rollout_too_long_for_a_parameter_is_named(tmp_path: Path) -> None:
    alarms = ", ".join(f'"an-alarm-with-a-rather-long-name-{number:03}"' for number in range(99))
    with pytest.raises(SettingsInvalid, match="4096 are allowed"):
        read(f"{SHORTEST}[rollouts.input]\nalarms = [{alarms}]\n", tmp_path)


def test_names_of_executions_are_short_and_tell_versions_and_clusters_apart() -> None:
    long = "a-node-group-with-a-name-that-is-longer-than-an-execution's-name-may-be-" * 3
    names = {
        execution_name_for(cluster, long, "ami-0123456789abcdef0", version)
        for cluster in ("a", "b")
        for version in (1, 2, 10**9)
    }
    assert len(names) == 6
    assert all(re.fullmatch(r"[A-Za-z0-9_\-]{1,80}", name) for name in names)


@pytest.mark.parametrize(
    ("rules", "objection"),
    [
        (Rules(), ""),
        (Rules(owners=("amazon",)), ""),
        (Rules(owners=("999999999999",)), "owned by"),
        (Rules(deny=("ami-1",)), "denied"),
        (Rules(soak_days=2), "days old"),
        (Rules(soak_days=0.5), ""),
    ],
)
def test_which_amis_are_taken(rules: Rules, objection: str) -> None:
    said = rules.objection("ami-1", ("123456789012", "amazon"), 0.0, 86_400.0)
    assert (objection in said) if objection else said == ""


def test_the_samples_settings_follow_both_of_its_groups_and_start_nothing() -> None:
    settings = read_settings(ROOT / "examples" / "sample.toml")
    assert [subscription.value["starts"] for subscription in settings.subscriptions] == [False, False]
    assert {subscription.value["cluster"] for subscription in settings.subscriptions} == {"rollout-sample"}


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ('[permissions]\nclusters = ["stage-*"]\n', "'prod' is not among permissions.clusters"),
        ('[permissions]\nclusters = ["prod", "x"]\n', ""),
        ("[permissions]\nclusters = []\n", "permissions.clusters"),
    ],
)
def test_roles_that_do_not_reach_a_rollout_are_refused(more: str, wrong: str, tmp_path: Path) -> None:
    if not wrong:
        assert read(more + OWN, tmp_path).reach.clusters == ("prod", "x")
        return
    with pytest.raises(SettingsInvalid, match=re.escape(wrong)):
        read(more + OWN, tmp_path)
