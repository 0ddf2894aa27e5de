"""cfn-lint and cdk-nag over stacks, for the tests of each stack."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SCRIPT = """
import sys
from pathlib import Path
from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks
from workflow.sample.stack import Sample
from workflow.settings import read_settings
from workflow.stack import stacks
app = App(outdir=sys.argv[1])
stacks(app, read_settings(Path(sys.argv[2]))) if len(sys.argv) > 2 else Sample(app)
Validations.of(app).add_plugins(AwsSolutionsChecks())
app.synth()
"""


def cfn_lint(template: Path) -> str:
    """What cfn-lint finds, as it says it; nothing where all is well."""
    done = subprocess.run(
        # W3005: CDK names a dependency that a reference implies already
        [
            Path(sys.executable).with_name("cfn-lint"),
            "--regions",
            "eu-west-1",
            "--ignore-checks",
            "W3005",
            "--",
            template,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr if done.returncode else ""


def assert_nag_is_clean(output: Path, *settings: Path) -> None:
    """Synthesize the stack of those settings, or else the sample, under AwsSolutions; the template is in `output`."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, output, *settings], cwd=ROOT, capture_output=True, text=True, check=False
    )
    report = json.loads((output / "validation-report.json").read_text())
    checked = next(each for each in report["pluginReports"] if each["pluginName"] == "AwsSolutions")
    assert [violation["ruleName"] for violation in checked.get("violations", [])] == []
    assert checked["conclusion"] == "success"
    assert done.returncode == 0, done.stderr[-2000:]
