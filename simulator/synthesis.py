"""The synthesized template and its asset, made anew by `python app.py` whenever what they are made of has changed.

CDK runs in a process of its own: the simulator knows the template, not CDK.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
OUTPUT = ROOT / "cdk.out"
STAMP = OUTPUT / ".made-of"
SOURCES = ("app.py", "cdk.json", "rollouts.toml", "uv.lock", "workflow", "handlers")
QUIET = {"JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20"}


def ensure_synthesized() -> Path:
    """The `cdk.out` directory of the sources as they are. Raises RuntimeError with what synthesis said if it fails."""
    (ROOT / ".build").mkdir(exist_ok=True)
    with (ROOT / ".build" / "synthesis.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run in several processes
        made_of = _digest()
        if not STAMP.is_file() or STAMP.read_text() != made_of:
            _synthesize()
            STAMP.write_text(made_of)
    return OUTPUT


def _synthesize() -> None:
    shutil.rmtree(OUTPUT, ignore_errors=True)
    done = subprocess.run(
        [sys.executable, "app.py"], cwd=ROOT, env={**os.environ, **QUIET}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"`python app.py` failed:\n{done.stderr.strip()}")


def _digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(_files()):
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _files() -> list[Path]:
    roots = [ROOT / name for name in SOURCES]
    inside = [path for root in roots if root.is_dir() for path in root.rglob("*") if "__pycache__" not in path.parts]
    return [path for path in [*roots, *inside] if path.is_file()]
