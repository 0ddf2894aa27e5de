"""cdk-nag's AwsSolutions finds nothing in the stack that is not accepted with a written reason."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCRIPT = """
import sys
from pathlib import Path
from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks
from workflow.settings import read_settings
from workflow.stack import stacks
app = App(outdir=sys.argv[1])
stacks(app, read_settings(Path("rollouts.toml")))
Validations.of(app).add_plugins(AwsSolutionsChecks())
app.synth()
"""


def test_aws_solutions_is_clean(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    report = json.loads((tmp_path / "validation-report.json").read_text())
    checked = next(one for one in report["pluginReports"] if one["pluginName"] == "AwsSolutions")
    assert [one["ruleName"] for one in checked.get("violations", [])] == []
    assert checked["conclusion"] == "success"
    assert done.returncode == 0, done.stderr[-2000:]
