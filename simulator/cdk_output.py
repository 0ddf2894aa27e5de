"""The synthesized template and its asset, made anew by `python app.py` whenever what they are made of has changed.

CDK runs in a process of its own: the simulator knows the template, not CDK.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
OUTPUT = ROOT / "cdk.out"
STAMP = ".made-of"
SOURCES = ("app.py", "cdk.json", "rollouts.toml", "uv.lock", "workflow", "handlers")
QUIET = {"JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20"}


PACKAGED = Path(__file__).with_name("synthesized")
"""What a wheel carries instead of the sources: template, assets' list, and our handlers (`hatch_build.py`)."""


class SynthesisFailed(RuntimeError):
    """There is no synthesized template, and none can be made; the text says why."""


def ensure_synthesized(settings: Path | None = None, beforehand: Callable[[], None] = lambda: None) -> Path:
    """The `cdk.out` directory of the sources as they are, with these settings or the shipped ones.

    `beforehand` is called if they have to be synthesized, which takes a while. Raises SynthesisFailed with what
    synthesis said.
    """
    if PACKAGED.is_dir():
        return _packaged(settings)
    (ROOT / ".build").mkdir(exist_ok=True)
    with (ROOT / ".build" / "synthesis.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run in several processes
        output = _output(settings)
        stamp, made_of = output / STAMP, _digest(settings)
        if not stamp.is_file() or stamp.read_text() != made_of:
            beforehand()
            _synthesize(output, settings)
            stamp.write_text(made_of)
    return output


def _packaged(settings: Path | None) -> Path:
    if settings is not None:
        raise SynthesisFailed(
            f"{settings}: settings are synthesized by CDK, which takes a checkout of the sources with `make setup` "
            "done (Node >= 20). This installation carries what is deployed with the shipped settings only."
        )
    return PACKAGED


def _output(settings: Path | None) -> Path:
    """Where it goes: settings of one's own each have a directory."""
    if settings is None:
        return OUTPUT
    return ROOT / ".build" / "settings" / hashlib.sha256(str(settings.resolve()).encode()).hexdigest()[:12]


def _synthesize(output: Path, settings: Path | None) -> None:
    shutil.rmtree(output, ignore_errors=True)
    environment = {**os.environ, **QUIET}
    if settings is not None:
        context = json.dumps({"settings": str(settings.resolve())})
        environment |= {"CDK_OUTDIR": str(output), "CDK_CONTEXT_JSON": context}
    done = subprocess.run(
        [sys.executable, "app.py"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SynthesisFailed(f"`python app.py` failed:\n{done.stderr.strip()}")


def _digest(settings: Path | None) -> str:
    digest = hashlib.sha256()
    for path in sorted(_files()):
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    if settings is not None and settings.is_file():
        digest.update(settings.read_bytes())
    return digest.hexdigest()


def _files() -> list[Path]:
    roots = [ROOT / name for name in SOURCES]
    inside = [path for root in roots if root.is_dir() for path in root.rglob("*") if "__pycache__" not in path.parts]
    return [path for path in [*roots, *inside] if path.is_file()]
