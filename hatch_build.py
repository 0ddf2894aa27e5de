"""What a wheel is made of: our packages under one name, the synthesized template, our handlers as it deploys them.

In a checkout the packages are folders of their own (`handlers`, `simulator`, `cli`), and import each other by those
names. In a wheel they lie in `ecs_ami_rollout`, so that nobody's environment gets a top-level package of such a common
name; their import statements are written for that here, and nothing else of them changes.

The simulator runs what CDK synthesized. CDK takes Node and the Lambda dependencies, so this happens where the wheel is
built, in a checkout with `make setup` done; where the wheel is installed, neither is needed. Only our own modules of
the asset are carried: the simulator takes what they depend on from its environment, by the same pins.
"""

import ast
import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NAME = "ecs_ami_rollout"
PACKAGES = ("handlers", "simulator", "cli")
OURS = re.compile(rf"\b(from|import)(\s+)({'|'.join(PACKAGES)})\b")
PLACE = "simulator/synthesized"
SYNTHESIZE = "from simulator.cdk_output import ensure_synthesized; print(ensure_synthesized())"
STACK = "EcsAmiRollout"
UNWANTED = shutil.ignore_patterns("__pycache__", "synthesized")


class OnePackage(BuildHookInterface):
    """Fills wheels, and puts the synthesized template into source distributions; leaves an editable install alone."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add it all. Raises RuntimeError where the checkout is not set up, or synthesis fails."""
        if version == "editable":
            return
        root = Path(self.root)
        self._gathered = Path(tempfile.mkdtemp())
        synthesized = self._gathered / PLACE
        if (root / PLACE).is_dir():  # a source distribution carries it already
            shutil.copytree(root / PLACE, synthesized)
        else:
            _gather(_synthesized(root), synthesized)
        if self.target_name == "wheel":
            for package in (NAME, *PACKAGES):
                _package(root / package, self._gathered / ("" if package == NAME else package))
        build_data["force_include"][str(self._gathered)] = NAME if self.target_name == "wheel" else ""

    def finalize(self, _version: str, _build_data: dict[str, Any], _artifact_path: str) -> None:
        """It is in the artifact now."""
        if hasattr(self, "_gathered"):
            shutil.rmtree(self._gathered)


def _package(source: Path, place: Path) -> None:
    """Copy a package, its import statements written for where it will be."""
    shutil.copytree(source, place, ignore=UNWANTED, dirs_exist_ok=True)
    for path in place.rglob("*.py"):
        if not path.is_relative_to(place / "synthesized"):
            path.write_text(renamed(path.read_text()))


def renamed(source: str) -> str:
    """The source with its imports of our packages under our name. No other line changes, and no line moves."""
    lines = source.splitlines(keepends=True)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            first = node.lineno - 1
            lines[first] = OURS.sub(rf"\1\2{NAME}.\3", lines[first], count=1)
    return "".join(lines)


def _synthesized(root: Path) -> Path:
    python = root / ".venv" / "bin" / "python"
    if not python.is_file():
        raise RuntimeError(f"{python} is missing: a wheel carries the synthesized template. Run: make setup")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [python, "-c", SYNTHESIZE], cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"The stack could not be synthesized. Run: make setup\n{done.stderr.strip()}")
    return Path(done.stdout.strip().splitlines()[-1])


def _gather(cdk_out: Path, place: Path) -> None:
    """Template, manifest and the asset's `handlers`; of the manifest what says where the stack goes."""
    place.mkdir(parents=True)
    artifacts = json.loads((cdk_out / "manifest.json").read_text())["artifacts"]
    stack = {key: artifacts[STACK][key] for key in ("type", "environment")}
    (place / "manifest.json").write_text(json.dumps({"artifacts": {STACK: stack}}))
    for name in (f"{STACK}.template.json", f"{STACK}.assets.json"):
        shutil.copy(cdk_out / name, place / name)
    files = json.loads((cdk_out / f"{STACK}.assets.json").read_text())["files"].values()
    for asset in {one["source"]["path"] for one in files}:
        if (cdk_out / asset / "handlers").is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(cdk_out / asset / "handlers", place / asset / "handlers", ignore=ignored)
