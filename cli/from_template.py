"""`rollout from-template`: the cluster of a CloudFormation template as a scenario, to rehearse a rollout on it."""

import argparse
import json
import sys

from simulator.scenario.from_template import NotInTheTemplate, scenario_from
from simulator.scenario.load import from_json

BAD_INPUT = 2


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
