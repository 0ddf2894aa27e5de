"""A simulation: a region with what its scenario says, its faults, its operators, and what starts rollouts.

with Simulation(scenario, seed=1, cdk_out=ensure_synthesized()) as region:
boto3.client("ecs").list_clusters()        # answered by the region
region.start_execution()                   # of the synthesized state machine, with the packaged handlers
"""

from pathlib import Path

from simulator.cloudformation_region import CloudFormationRegion
from simulator.faults.bad_machines import BadMachines
from simulator.faults.faults import Faults
from simulator.full_mode.region import FullRegion
from simulator.in_process.region import InProcessRegion
from simulator.operators import Operators
from simulator.region import Region
from simulator.scenario.load import ScenarioInvalid
from simulator.scenario.model import Scenario
from simulator.seeding.cluster import seed
from simulator.triggers.dead_letters import QueueAlarms
from simulator.triggers.rules import Rules
from simulator.triggers.schedules import Schedules


class SimulatedRollout(Region):
    """What every simulation attaches to its region, whatever its mode."""

    def _fill(self) -> None:
        seed(self)
        self.begin(self.scenario.timings)
        BadMachines(self, Faults(self))
        self.operators = Operators(self)
        Rules(self, self.deployment.rules)
        self.schedules = Schedules(self, self.deployment.schedules)
        QueueAlarms(self, self.deployment.alarms)


class Simulation(SimulatedRollout, FullRegion):
    """In the full mode: boto3 as it is, and moto's interpreter."""


class InProcessSimulation(SimulatedRollout, InProcessRegion):
    """In the in-process mode: fifty times as fast, the same decisions."""


class CloudFormationSimulation(SimulatedRollout, CloudFormationRegion):
    """In the full mode, its stack deployed by moto's CloudFormation."""


def open_simulation(scenario: Scenario, seed: int, cdk_out: Path, *, fast: bool) -> SimulatedRollout:
    """A simulation to enter, in the in-process mode where it is to be `fast`, else in the full one.

    Raises ScenarioInvalid for what the mode has not.
    """
    if not fast and any("redrive_after" in fault.with_ for fault in scenario.faults):
        raise ScenarioInvalid([f"{scenario.name}: faults: redrive_after: moto's interpreter has no RedriveExecution"])
    return (InProcessSimulation if fast else Simulation)(scenario, seed, cdk_out)
