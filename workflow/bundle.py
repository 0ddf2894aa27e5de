"""The one asset of all functions: our handlers and what they depend on, for arm64, made without Docker.

`make bundle` downloads the dependencies once, by the lock file, into `.build/lambda-<hash of the lock>`;
synthesis only copies, so it works offline.
"""

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
        shutil.copytree(dependencies(), output_dir, dirs_exist_ok=True)
        ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
        shutil.copytree(ROOT / SHIPPED, Path(output_dir) / SHIPPED, ignore=ignored)
        return True


def code() -> lambda_.Code:
    """The asset, named by what is in it."""
    return lambda_.Code.from_asset(
        str(ROOT / SHIPPED),
        asset_hash_type=AssetHashType.OUTPUT,
        bundling=BundlingOptions(
            image=DockerImage.from_registry("unused"),
            local=_Copy(),  # type: ignore[arg-type]  # jsii hands the options over as one argument
        ),
    )
