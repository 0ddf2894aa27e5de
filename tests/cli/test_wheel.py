"""The built wheel installs into a fresh environment, and rehearses a rollout there without a checkout or Node."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).with_name("uv")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [UV, "build", "--wheel", "--quiet", "--out-dir", output], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (built,) = output.glob("*.whl")
    return built


def installed(wheel: Path, folder: Path, extra: str = "") -> Path:
    """The environment's `rollout`."""
    pins = folder / "pins.txt"
    what = ["--frozen", "--no-default-groups", "--all-extras", "--no-emit-project", "--no-hashes", "--quiet"]
    subprocess.run([UV, "export", *what, "-o", pins], cwd=ROOT, check=True, capture_output=True)
    subprocess.run([UV, "venv", "--quiet", "--python", sys.executable, folder / "venv"], check=True)
    install = [UV, "pip", "install", "--quiet", "--python", folder / "venv" / "bin" / "python", "--constraint", pins]
    subprocess.run([*install, f"ecs-ami-rollout{extra} @ {wheel.as_uri()}"], check=True)
    return folder / "venv" / "bin" / "rollout"


def run(program: Path, *arguments: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """In a folder with nothing of ours in it, and a path with nothing on it: no Node."""
    environment = {"PATH": "/nowhere", "HOME": str(folder)}
    command = [program, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_the_wheel_installs_and_starts(wheel: Path, tmp_path: Path) -> None:
    program, elsewhere = installed(wheel, tmp_path, "[cli]"), tmp_path / "elsewhere"
    elsewhere.mkdir()
    scenario = shutil.copy(ROOT / "examples" / "dev-cluster.json", elsewhere)
    assert run(program, "--version", folder=elsewhere).stdout.startswith("rollout 0.")
    assert "simulate" in run(program, "--help", folder=elsewhere).stdout
    rehearsed = run(program, "simulate", Path(scenario).name, "--json", folder=elsewhere)
    assert rehearsed.returncode == 0, rehearsed.stderr
    assert json.loads(rehearsed.stdout)["end"] == "all_new"
    refused = run(program, "region", Path(scenario).name, "--settings", "my.toml", folder=elsewhere)
    assert refused.returncode == 2
    assert "takes a checkout of the sources" in refused.stderr
    assert [path.name for path in elsewhere.iterdir()] == ["dev-cluster.json"]


def test_everything_is_in_one_package_and_every_module_of_it_is_there(wheel: Path, tmp_path: Path) -> None:
    program = installed(wheel, tmp_path, "[cli]")
    names = ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"ecs_ami_rollout"}
    modules = [name.removesuffix(".py").replace("/", ".").removesuffix(".__init__") for name in names]
    ours = [name for name in modules if name.startswith("ecs_ami_rollout.") and ".synthesized." not in name]
    assert len(ours) > 300
    every = [name for name, file in zip(modules, names, strict=True) if name in ours and file.endswith(".py")]
    script = "import importlib, sys; [importlib.import_module(name) for name in sys.argv[1:]]"
    python = program.with_name("python")
    done = subprocess.run([python, "-c", script, *every], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_without_the_extra_it_says_what_to_install(wheel: Path, tmp_path: Path) -> None:
    program = installed(wheel, tmp_path)
    assert "simulate" in run(program, "--help", folder=tmp_path).stdout
    refused = run(program, "simulate", str(ROOT / "examples" / "dev-cluster.json"), folder=tmp_path)
    assert refused.returncode == 2
    assert "which is not installed" in refused.stderr
    assert "[cli]" in refused.stderr
