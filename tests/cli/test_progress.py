"""What is said while there is nothing to show yet: at once, and not where the result goes."""

import json
from functools import partial
from pathlib import Path

import pytest

from cli.main import main
from cli.progress import synthesize
from simulator import cdk_output
from simulator.cdk_output import SynthesisFailed, ensure_synthesized

REFUSED = str(Path(__file__).parents[2] / "examples" / "wrong-architecture.json")
SYNTHESIZING = "synthesizing the state machine from the CDK app …\n"
BUILDING = "building the simulated region …\n"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings that were never synthesized; synthesis is a folder that is made."""
    monkeypatch.setattr(cdk_output, "_output", lambda _settings: tmp_path / "cdk.out")
    monkeypatch.setattr(cdk_output, "_synthesize", lambda output, _settings: output.mkdir(exist_ok=True))
    path = tmp_path / "settings.toml"
    path.write_text("")
    return path


def test_synthesis_is_announced_where_there_is_something_to_synthesize(
    settings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    synthesize(settings)
    assert capsys.readouterr() == ("", SYNTHESIZING)
    synthesize(settings)
    assert capsys.readouterr() == ("", "")
    settings.write_text("# changed")
    synthesize(settings)
    assert capsys.readouterr() == ("", SYNTHESIZING)


def test_it_is_announced_before_it_is_begun(settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def synthesize(output: Path, _settings: Path | None) -> None:
        done.append("synthesized")
        output.mkdir()

    monkeypatch.setattr(cdk_output, "_synthesize", synthesize)
    ensure_synthesized(settings, partial(done.append, "announced"))
    assert done == ["announced", "synthesized"]


def test_synthesis_that_fails_fails_the_command(
    settings: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_output: Path, _settings: Path | None) -> None:
        raise SynthesisFailed("no Node here")

    monkeypatch.setattr(cdk_output, "_synthesize", fail)
    assert main(["region", REFUSED, "--settings", str(settings)]) == 2
    assert capsys.readouterr() == ("", f"{SYNTHESIZING}no Node here\n")


@pytest.mark.usefixtures("cdk_out")
def test_json_is_alone_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    main(["simulate", REFUSED, "--json"])

    printed = capsys.readouterr()
    assert json.loads(printed.out)["end"] == "all_old"
    assert printed.err == BUILDING
