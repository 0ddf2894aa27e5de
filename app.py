"""CDK entry: `python app.py` or `cdk synth` writes the template and its asset to cdk.out, offline."""

from aws_cdk import App

from workflow.stack import EcsAmiRollout

app = App(outdir="cdk.out")
EcsAmiRollout(app, "EcsAmiRollout")
app.synth()
