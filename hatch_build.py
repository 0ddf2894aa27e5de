"""What a wheel carries beside the sources: the synthesized template, and our handlers as it deploys them.

The simulator runs what CDK synthesized. CDK takes Node and the Lambda dependencies, so this happens where the wheel is
built, in a checkout with `make setup` done; where the wheel is installed, neither is needed. Only our own modules of
the asset are carried: the simulator takes what they depend on from its environment, by the same pins.
"""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PLACE = "simulator/synthesized"
SYNTHESIZE = "from simulator.synthesis import ensure_synthesized; print(ensure_synthesized())"
STACK = "EcsAmiRollout"


class Synthesized(BuildHookInterface):
    """Puts `simulator/synthesized` into wheels and source distributions; nothing into an editable install."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add it. Raises RuntimeError where the checkout is not set up, or synthesis fails."""
        root = Path(self.root)
        if version == "editable" or (root / PLACE).is_dir():  # a source distribution carries it already
            return
        self._gathered = Path(tempfile.mkdtemp())
        _gather(_synthesized(root), self._gathered)
        build_data["force_include"][str(self._gathered)] = PLACE

    def finalize(self, _version: str, _build_data: dict[str, Any], _artifact_path: str) -> None:
        """It is in the artifact now."""
        if hasattr(self, "_gathered"):
            shutil.rmtree(self._gathered)


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
