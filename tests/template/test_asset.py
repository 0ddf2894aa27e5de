"""The asset: named by its content, and the same byte for byte wherever it is made."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from workflow import bundle
from workflow.bundle import copy, digest, shipped

FILES = {
    "boto3/__init__.py": b"import botocore\n",
    "boto3/empty.py": b"",
    "boto3-1.0.dist-info/METADATA": b"Name: boto3\n",
}
LEFT = {
    ".lock": b"",
    "boto3/__pycache__/__init__.cpython-313.pyc": b"compiled",
    "boto3-1.0.dist-info/RECORD": b"../../bin/tool,sha256=of a path of this machine,9\n",
    "boto3-1.0.dist-info/INSTALLER": b"uv",
}
Made = Callable[..., str]


def write(root: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    """The asset's name with those dependencies, downloaded to a directory of that name."""

    def name(files: dict[str, bytes], directory: str = "lambda-one") -> str:
        write(tmp_path / directory, files)
        monkeypatch.setattr(bundle, "dependencies", lambda: tmp_path / directory)
        return digest(shipped())

    return name


def test_the_name_follows_from_the_content_not_from_lock_file_times_modes_and_leavings(
    made: Made, tmp_path: Path
) -> None:
    before = made(FILES)
    after = made({**FILES, **LEFT}, "lambda-of-another-lock-file")
    for path in (tmp_path / "lambda-of-another-lock-file").rglob("*.py"):
        path.chmod(0o600)
        os.utime(path, (1, 1))
    assert (after, digest(shipped())) == (before, before)


@pytest.mark.parametrize(
    "changed",
    [
        {**FILES, "boto3/__init__.py": b"import botocore \n"},
        {**FILES, "boto3/more.py": b""},
        {"boto3/__init__.py": b"", "boto3/empty.py": b"import botocore\n", **{k: FILES[k] for k in list(FILES)[2:]}},
        {**{k: FILES[k] for k in FILES if k != "boto3/empty.py"}, "boto3/other.py": b""},
    ],
    ids=["a byte", "a file more", "contents exchanged", "a file renamed"],
)
def test_another_content_has_another_name(changed: dict[str, bytes], made: Made) -> None:
    assert made(FILES) != made(changed, "lambda-two")


def test_what_is_copied_is_what_the_name_is_of(made: Made, tmp_path: Path) -> None:
    made({**FILES, **LEFT})
    copy(shipped(), tmp_path / "asset")
    inside = {path.relative_to(tmp_path / "asset").as_posix() for path in (tmp_path / "asset").rglob("*")}
    files = {name for name in inside if (tmp_path / "asset" / name).is_file()}
    assert files == {each.name for each in shipped()}
    assert set(FILES) <= files
    assert not set(LEFT) & files
    assert "handlers/states/plan_rollout.py" in files


def test_two_copies_are_alike_to_the_last_bit(made: Made, tmp_path: Path) -> None:
    looks = []
    for directory, mode in (("lambda-one", 0o644), ("lambda-two", 0o700)):
        made(FILES, directory)
        for path in (tmp_path / directory).rglob("*.py"):
            path.chmod(mode)
        asset = tmp_path / f"asset-of-{directory}"
        copy(shipped(), asset)
        looks.append(
            {
                path.relative_to(asset): (
                    path.stat().st_mode,
                    path.is_file() and (path.stat().st_mtime, path.read_bytes()),
                )
                for path in asset.rglob("*")
            }
        )
    assert looks[0] == looks[1]
