"""Three engines, one definition: the same states in the same order, and the same end."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from simulator.elsewhere import ministack
from simulator.elsewhere.agreement import Account, Agreement, compare, row
from simulator.elsewhere.door import Door
from simulator.elsewhere.endpoint import DOOR_PORT, ENDPOINT, Endpoint, elsewhere
from simulator.elsewhere.engine import DistantEngine, NoAnswer
from simulator.elsewhere.ministack import Ministack
from simulator.elsewhere.region import DistantRegion, Elsewhere
from simulator.engine.template import load as load_template
from simulator.scenario.load import load

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.json"))
PAGE = (ROOT / "docs" / "second-opinion.md").read_text()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_engines_agree_on_every_example(path: Path, cdk_out: Path, there: Elsewhere) -> None:
    agreement = compare(load(path), cdk_out, there)
    assert not agreement.differences
    assert row(path.stem, agreement) in PAGE, "docs/second-opinion.md: make second-opinion"


def test_an_engine_that_takes_another_way_is_noticed(cdk_out: Path, there: Elsewhere) -> None:
    agreement = compare(load(ROOT / "examples" / "dry-run.json"), cdk_out, there)
    ours = agreement.first
    shorter = Account({name: states[:-1] for name, states in ours.states.items()}, ours.outcome)
    other = Account(ours.states, replace(ours.outcome, status="FAILED", virtual_seconds=1.0))
    told = Agreement({"embedded": ours, "walker": shorter, "elsewhere": other}).differences
    assert any("enters nothing" in one for one in told if one.startswith("walker"))
    assert sum(one.startswith("elsewhere") for one in told) == 2


def test_the_other_engine_is_really_asked(cdk_out: Path, there: Elsewhere, monkeypatch: pytest.MonkeyPatch) -> None:
    knocks = []
    let_in = DistantEngine._let_in
    monkeypatch.setattr(DistantEngine, "_let_in", lambda self, run: (knocks.append(run.knock), let_in(self, run))[1])
    compare(load(ROOT / "examples" / "dry-run.json"), cdk_out, there)
    assert any(knocks)


def test_an_engine_that_never_comes_is_given_up(
    cdk_out: Path, there: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.elsewhere.engine.PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(DistantEngine, "_take", lambda _self, knock: knock.say({}, failed=False))
    monkeypatch.setattr(DistantEngine, "_look", lambda _self, _run: None)
    example = load(ROOT / "examples" / "dry-run.json")
    with DistantRegion(example, 1, cdk_out, there) as region, pytest.raises(NoAnswer, match="rehearsal"):
        region.start_execution().wait()


def test_any_other_engine_is_taken_at_the_endpoint_that_is_named(
    cdk_out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody has started an engine, and told it where our door will be."""
    example = load(ROOT / "examples" / "dry-run.json")
    with ministack.running() as started:
        door = cast(Door, SimpleNamespace(url=f"http://127.0.0.1:{DOOR_PORT}"))
        Ministack(started.endpoint, door).bind(load_template(cdk_out, region=example.region), example.region)
        monkeypatch.setenv(ENDPOINT, started.endpoint)
        with elsewhere() as named:
            assert isinstance(named, Endpoint)
            assert not compare(example, cdk_out, named).differences
