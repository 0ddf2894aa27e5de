"""The situation: one reading of AWS beside the plan, and what follows from both for every rule. Pure."""

from dataclasses import dataclass
from functools import cached_property

from handlers.domain.decision.current_stage import stage_of, stopping
from handlers.domain.decision.lost_agents import is_drained_by_others
from handlers.domain.decision.selection import to_replace
from handlers.domain.model.approval import FLIP, UNSOLICITED
from handlers.domain.model.fleet import Fleet, Instance, Service
from handlers.domain.model.observation import Observation
from handlers.domain.model.operator_command import OperatorCommand
from handlers.domain.model.plan import Plan, Timeouts
from handlers.domain.model.progress import Progress
from handlers.domain.model.stage import Stage
from handlers.payloads import Direction


@dataclass(frozen=True)
class Situation:
    """What a rule decides from. Made once for each reading."""

    plan: Plan
    observation: Observation

    @property
    def fleet(self) -> Fleet:
        """The node groups' instances."""
        return self.observation.fleet

    @property
    def services(self) -> tuple[Service, ...]:
        """All services of the cluster."""
        return self.observation.services

    @cached_property
    def unstable(self) -> tuple[Service, ...]:
        """Services that are not stable now, and that are waited for.

        Where a stage only tells services something, those that it deploys: who lost an instance meanwhile gets room in
        the next one.
        """
        return tuple(service for service in self.observation.unstable if self.is_waited_for(service))

    def is_waited_for(self, service: Service) -> bool:
        """Whether the stage does not end before that service is stable."""
        tells = self.direction is Direction.FORWARD and self.stage.only_tells
        return self.observation.can_stand(service) and (service.deploying or not tells)

    @property
    def progress(self) -> Progress:
        """What is remembered."""
        return self.observation.progress

    @property
    def timeouts(self) -> Timeouts:
        """How long each kind of wait may take."""
        return self.plan.policies.timeouts

    @property
    def direction(self) -> Direction:
        """Which way the fleet moves."""
        return self.observation.direction

    @cached_property
    def stage(self) -> Stage:
        """The current stage."""
        return stage_of(self.plan, self.progress)

    @property
    def is_stopping(self) -> bool:
        """Whether the rollout only finishes what has begun, as an operator asked."""
        return stopping(self.progress)

    @cached_property
    def to_replace(self) -> list[Instance]:
        """What has to go in this stage: what drains already, then oldest first."""
        return to_replace(self.plan, self.fleet, self.progress)

    @cached_property
    def draining(self) -> tuple[Instance, ...]:
        """Those that drain for this rollout, or whose turn it is: what others drain before that is not waited for."""
        turn = self.to_replace
        return tuple(
            instance
            for instance in self.fleet.draining
            if instance in turn or not is_drained_by_others(self.progress, instance)
        )

    @property
    def command(self) -> OperatorCommand | None:
        """What an operator wants of this rollout now."""
        command = self.observation.command
        return command if command is not None and command.rollout_id == self.plan.rollout_id else None

    @property
    def about(self) -> str:
        """Which question is asked at the end of this stage, unlike any other of this rollout."""
        return f"stage-{self.progress.stage.index + 1}{'-serving-old' if self.progress.stage.serving_old else ''}"

    @property
    def prompt(self) -> str:
        """What is asked at the end of this stage, in words."""
        serving = " (old fleet serves)" if self.progress.stage.serving_old else ""
        return f"{self.progress.stage.index + 1}. {self.stage.name}{serving}"

    @property
    def response(self) -> str:
        """What was answered there, or unasked; where the table says that nobody did in time, what silence means."""
        approval = self.observation.approval
        if approval is None or approval.rollout_id != self.plan.rollout_id:
            return ""
        if approval.about not in (UNSOLICITED, self.about):
            return ""
        if approval.response == FLIP and approval.responded_at <= self.progress.stage.switch_handled_at:
            return ""
        return approval.response or approval.silence

    @property
    def now(self) -> float:
        """The time of the reading, epoch seconds."""
        return self.observation.now
