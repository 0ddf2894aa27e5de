"""The one asset of all functions: our handlers and what they depend on, for arm64, made without Docker.

`make bundle` downloads the dependencies once, by the lock file, into `.build/lambda-<hash of the lock>`;
synthesis only copies, so it works offline.
"""

import hashlib
import shutil
from pathlib import Path

import jsii
from aws_cdk import AssetHashType, BundlingOptions, DockerImage, ILocalBundling
from aws_cdk import aws_lambda as lambda_

from workflow.download import ROOT, dependencies

SHIPPED = "handlers"


@jsii.implements(ILocalBundling)
class _Copy:
    """Copies handlers and dependencies into the asset."""

    def try_bundle(self, output_dir: str, _options: BundlingOptions) -> bool:
        """Fill `output_dir`. Raises FileNotFoundError where the dependencies were not downloaded."""
        if not dependencies().is_dir():
            raise FileNotFoundError("The Lambda dependencies of this lock file are missing. Run: make bundle")
        shutil.copytree(dependencies(), output_dir, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".lock"))
        ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
        shutil.copytree(ROOT / SHIPPED, Path(output_dir) / SHIPPED, ignore=ignored)
        return True


def code() -> lambda_.Code:
    """The asset, named by what it is made of.

    Not by CDK's fingerprint of it: that knows files by inode, size and time, which are alike among time zones where a
    file system's inodes are longer than a JavaScript number.
    """
    return lambda_.Code.from_asset(
        str(ROOT / SHIPPED),
        asset_hash_type=AssetHashType.CUSTOM,
        asset_hash=_digest(),
        bundling=BundlingOptions(
            image=DockerImage.from_registry("unused"),
            local=_Copy(),  # type: ignore[arg-type]  # jsii hands the options over as one argument
        ),
    )


def _digest() -> str:
    """Of our sources, of the lock file's dependencies, and of how both are put together."""
    made_by = [Path(__file__), Path(__file__).with_name("download.py")]
    digest = hashlib.sha256(dependencies().name.encode())
    for path in [*sorted((ROOT / SHIPPED).rglob("*.py")), *made_by]:
        digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()
