"""`rollout from-template`: the cluster of a CloudFormation template as a scenario, to rehearse a rollout on it."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from simulator.scenario.from_template import NotInTheTemplate, scenario_from
from simulator.scenario.load import from_json

BAD_INPUT = 2


def add_to(commands: Any) -> None:
    """Add this command to the parser."""
    command = commands.add_parser(
        "from-template",
        help="make a scenario of the cluster in a CloudFormation template",
        description="Print a scenario with the cluster, node groups, capacity providers and services of a synthesized "
        "template. Instances begin on AMIs that are made up, ami-0a…; the newer ones are ami-0b….",
    )
    command.add_argument("template", metavar="TEMPLATE.json", type=Path)
    command.add_argument("--name", metavar="NAME", help="the scenario's name (default: the file's)")
    command.add_argument("--description", metavar="TEXT", default="", help="what it is about")
    command.add_argument("--input", metavar="JSON", default="{}", help="the rollout's input, without the cluster")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the scenario; 0, or 2 for a template of which none can be made. Raises ScenarioInvalid."""
    name = options.name or options.template.name.split(".")[0]
    try:
        template = json.loads(options.template.read_text())
        document = scenario_from(template, name, options.description, json.loads(options.input))
    except (OSError, ValueError, KeyError, NotInTheTemplate) as error:
        print(f"{options.template}: {error}", file=sys.stderr)
        return BAD_INPUT
    from_json(document, str(options.template))
    print(json.dumps(document, indent=2))
    return 0
