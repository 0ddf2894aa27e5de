"""`python -m workflow.download`: fetch what ships to Lambda, once per lock file, for arm64, into `.build`.

botocore carries the models of every AWS service (over 25 MB); only those of the services that handlers call are kept.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PLATFORM = ("--python-platform", "aarch64-manylinux2014", "--python-version", "3.13", "--only-binary", ":all:")
SERVICES = (
    "autoscaling",
    "cloudwatch",
    "dynamodb",
    "ec2",
    "ecr",
    "ecs",
    "elbv2",
    "events",
    "imagebuilder",
    "sns",
    "ssm",
    "stepfunctions",
    "sts",
)


def dependencies() -> Path:
    """Where this lock file's dependencies lie."""
    return ROOT / ".build" / directory_of(ROOT / "uv.lock")


def directory_of(lock: Path) -> str:
    """What the directory of a lock file's dependencies is called. The asset's name does not follow from it."""
    return f"lambda-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"


def download() -> Path:
    """The directory with the dependencies, complete or not there at all."""
    final = dependencies()
    if final.is_dir():
        return final
    partial = final.with_name(f"{final.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    requirements = partial.parent / "requirements.txt"
    uv = str(Path(sys.executable).with_name("uv"))
    export = ("export", "--frozen", "--no-dev", "--no-default-groups", "--no-emit-project", "--no-hashes", "--quiet")
    subprocess.run([uv, *export, "-o", str(requirements)], cwd=ROOT, check=True)
    install = ("pip", "install", "--quiet", "--target", str(partial), "--no-compile", *PLATFORM)
    subprocess.run([uv, *install, "-r", str(requirements)], cwd=ROOT, check=True)
    _prune(partial)
    partial.rename(final)
    return final


def _prune(root: Path) -> None:
    for folder in [*root.rglob("__pycache__"), root / "bin"]:
        shutil.rmtree(folder, ignore_errors=True)
    for folder in (root / "botocore" / "data").iterdir():
        if folder.is_dir() and folder.name not in SERVICES:
            shutil.rmtree(folder)
    for folder in (root / "boto3" / "data").iterdir():
        if folder.is_dir() and folder.name not in SERVICES:
            shutil.rmtree(folder)


if __name__ == "__main__":
    print(download().relative_to(ROOT))
