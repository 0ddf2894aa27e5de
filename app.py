"""CDK entry: `python app.py` or `cdk synth` writes templates and their asset to cdk.out, offline.

What is deployed says the settings file; `cdk.json`'s context names it (`-c settings=other.toml` another one).
"""

import sys
from pathlib import Path

from aws_cdk import App

from workflow.settings import SettingsInvalid, read_settings
from workflow.stack import stacks

app = App(outdir="cdk.out")
try:
    stacks(app, read_settings(Path(__file__).with_name(app.node.try_get_context("settings") or "rollouts.toml")))
except SettingsInvalid as error:
    sys.exit(str(error))
app.synth()
