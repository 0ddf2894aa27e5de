"""The embedded Step Functions engine: the synthesized definition and the packaged handlers, on virtual time."""

from simulator.engine.engine import Engine, Execution, Result
from simulator.engine.template import Deployment, load

__all__ = ["Deployment", "Engine", "Execution", "Result", "load"]
