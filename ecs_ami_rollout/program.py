"""The `rollout` program: says what to install where that is not there, else hands over to the command."""

import sys
from collections.abc import Sequence

BAD_INPUT = 2
OURS = ("ecs_ami_rollout", "cli", "simulator", "handlers")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 2 where something that it needs is not installed."""
    try:
        from cli.main import main as command

        return command(arguments)
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.split(".")[0] in OURS:
            raise
        print(
            f"rollout needs {missing.name}, which is not installed. It comes with the extra `cli`: "
            "pip install 'ecs_ami_rollout-….whl[cli]', or `make setup` in a checkout.",
            file=sys.stderr,
        )
        return BAD_INPUT


if __name__ == "__main__":
    raise SystemExit(main())
