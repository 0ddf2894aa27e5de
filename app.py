"""CDK entry: `python app.py` or `cdk synth` writes templates and their asset to cdk.out, offline.

What is deployed says the settings file; `cdk.json`'s context names it (`-c settings=other.toml` takes another one).
`-c sample=true` adds a cluster to try it on.
"""

import os
import sys
from pathlib import Path

from aws_cdk import App

from workflow.settings import SettingsInvalid, read_settings
from workflow.stack import stacks

app = App(outdir=os.environ.get("CDK_OUTDIR", "cdk.out"))
try:
    stacks(app, read_settings(Path(__file__).parent / (app.node.try_get_context("settings") or "rollouts.toml")))
except SettingsInvalid as error:
    sys.exit(str(error))
if app.node.try_get_context("sample"):
    from workflow.sample.stack import Sample  # EC2, ECS, load balancers: seconds to import

    Sample(app)
app.synth()
