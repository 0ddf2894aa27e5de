"""The one asset of all functions: our handlers and what they depend on, for arm64, made without Docker.

`make bundle` downloads the dependencies once for each lock file; synthesis only copies, so it works offline. What is
copied and what the asset is named by is one list of files: the same content has the same name wherever it is made.
"""

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import jsii
from aws_cdk import AssetHashType, BundlingOptions, DockerImage, ILocalBundling
from aws_cdk import aws_lambda as lambda_

from workflow.download import ROOT, dependencies

SHIPPED = "handlers"
# What the installer notes for itself: when, by whom, and with paths of the machine that it ran on.
LEFT_BY_THE_INSTALLER = (".lock", "INSTALLER", "RECORD", "REQUESTED", "direct_url.json", "uv_cache.json")
READABLE, ENTERABLE = 0o644, 0o755
SAME_TIME = 315_532_800  # 1980-01-01, the first that a zip file can hold


class Shipped(NamedTuple):
    """A file: its name within the asset, and where it lies."""

    name: str
    path: Path


@jsii.implements(ILocalBundling)
class _Copy:
    """Copies handlers and dependencies into the asset."""

    def try_bundle(self, output_dir: str, _options: BundlingOptions) -> bool:
        """Fill `output_dir`. Raises FileNotFoundError where the dependencies were not downloaded."""
        copy(shipped(), Path(output_dir))
        return True


def code() -> lambda_.Code:
    """The asset, named by its content.

    Not by CDK's fingerprint of it: that knows files by inode, size and time, which are alike among time zones where a
    file system's inodes are longer than a JavaScript number.
    """
    return lambda_.Code.from_asset(
        str(ROOT / SHIPPED),
        asset_hash_type=AssetHashType.CUSTOM,
        asset_hash=digest(shipped()),
        bundling=BundlingOptions(
            image=DockerImage.from_registry("unused"),
            local=_Copy(),  # type: ignore[arg-type]  # jsii hands the options over as one argument
        ),
    )


def shipped() -> list[Shipped]:
    """Every file that ships, by name. Raises FileNotFoundError where the dependencies were not downloaded."""
    if not dependencies().is_dir():
        raise FileNotFoundError("The Lambda dependencies of this lock file are missing. Run: make bundle")
    ours = (Shipped(f"{SHIPPED}/{file.name}", file.path) for file in _files(ROOT / SHIPPED))
    return sorted([*_files(dependencies()), *ours])


def digest(files: Iterable[Shipped]) -> str:
    """Of names and contents only: not of times, owners, modes, or which lock file they came from."""
    found = hashlib.sha256()
    for name, path in files:
        content = path.read_bytes()
        found.update(f"{name}\0{len(content)}\0".encode() + content)
    return found.hexdigest()


def copy(files: Iterable[Shipped], output: Path) -> None:
    """Copy them, with one mode and one time for all."""
    for name, path in files:
        to = output / name
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, to)
        to.chmod(READABLE)
        os.utime(to, (SAME_TIME, SAME_TIME))
    for folder in output.rglob("*"):
        if folder.is_dir():
            folder.chmod(ENTERABLE)


def _files(root: Path) -> Iterator[Shipped]:
    """The files below a folder, without what Python and the installer leave there."""
    for path in root.rglob("*"):
        inside = path.relative_to(root)
        left_there = "__pycache__" in inside.parts or path.suffix == ".pyc" or inside.name in LEFT_BY_THE_INSTALLER
        if path.is_file() and not left_there:
            yield Shipped(inside.as_posix(), path)
