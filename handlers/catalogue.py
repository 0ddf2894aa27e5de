"""The one catalogue of the graph's states and of the functions behind them. Standard library only."""

from dataclasses import dataclass

from handlers.payloads import Direction, StepKind


@dataclass(frozen=True)
class _State:
    """Its sentence in each direction; an empty one means that the state does not exist in that direction.

    `place` names the module that makes or runs it, `step` is the kind of step that leads to it, `in_overview` says
    whether the README's picture shows it.
    """

    place: str
    forward: str
    back: str = ""
    step: StepKind | None = None
    in_overview: bool = False

    def name(self, direction: Direction) -> str:
        """The state's name in that direction."""
        return self.forward if direction is Direction.FORWARD else self.back


@dataclass(frozen=True)
class GraphState(_State):
    """A state that runs no function: it waits, chooses, marks a place, frames others or ends."""

    @property
    def phase(self) -> str:
        """The module of `workflow` that makes it."""
        return self.place


@dataclass(frozen=True)
class TaskState(_State):
    """One Task of the graph."""

    package: str = "states"

    @property
    def handler(self) -> str:
        """The name of the function and of its module."""
        return self.place

    @property
    def module(self) -> str:
        """The module that its function runs."""
        return f"handlers.{self.package}.{self.handler}"


# The way of a rollout, from its plan to its report.
PLAN = TaskState("plan_rollout", "Plan rollout", in_overview=True)
APPROVAL = TaskState("wait_for_approval", "Wait for approval")
ANSWER = TaskState("record_response", "Record response")
LOCK = TaskState("lock_cluster", "Lock cluster", in_overview=True)
TAKE_OVER = TaskState("take_over_rollout", "Take over rollout")
HAND_OVER_AFTER_DEPLOYMENT = TaskState("hand_over_after_deployment", "Hand over after deployment")
CREATE_VERSION = TaskState("create_launch_template_version", "Create launch template version")
PREPARE = TaskState("prepare_node_group", "Prepare node group", "Return node group to its launch template version")
BEGIN_ROLL_BACK = TaskState("begin_roll_back", "", "Begin roll-back")
FINISH = TaskState("finish_rollout", "Finish rollout", "Restore and verify")
STOP_IN_PLACE = TaskState("stop_in_place", "Stop in place")
REPORT_REMAINING_WORK = TaskState("report_remaining_work", "", "Report remaining work", in_overview=True)

# The loop and its steps.
ASSESS = TaskState("assess_fleet", "Assess fleet", "Assess fleet on the way back")
REACTIVATE = TaskState(
    "reactivate_instances", "Reactivate instances", "Reactivate old instances", step=StepKind.REACTIVATE
)
CORDON = TaskState("cordon_instances", "Cordon old instances", "Uncordon old instances", step=StepKind.CORDON)
UPDATE_SERVICE_STRATEGY = TaskState(
    "update_service_strategy",
    "Update service strategy",
    "Return service strategy",
    step=StepKind.UPDATE_SERVICE_STRATEGY,
)
SCALE_OUT = TaskState("scale_out", "Scale out", "Scale out the old version", step=StepKind.SCALE_OUT)
DRAIN = TaskState("drain_instances", "Drain old instances", "Drain new instances", step=StepKind.DRAIN)
SCALE_IN = TaskState("scale_in", "Scale in", "Scale in new instances", step=StepKind.SCALE_IN)
START_BAKE = TaskState("start_bake", "Start bake", step=StepKind.BAKE)
PROMOTION = TaskState("wait_for_promotion", "Wait for promotion", step=StepKind.WAIT_FOR_PROMOTION)
HAND_OVER = TaskState("hand_over", "Hand over", "Hand over on the way back", step=StepKind.HAND_OVER)

TASK_STATES = (
    PLAN, APPROVAL, ANSWER, LOCK, TAKE_OVER, HAND_OVER_AFTER_DEPLOYMENT, CREATE_VERSION, PREPARE, BEGIN_ROLL_BACK,
    FINISH, STOP_IN_PLACE, REPORT_REMAINING_WORK,
    ASSESS, REACTIVATE, CORDON, UPDATE_SERVICE_STRATEGY, SCALE_OUT, DRAIN, SCALE_IN, START_BAKE, PROMOTION, HAND_OVER,
)  # fmt: skip

# What the plan, and a start, come to.
PLAN_OUTCOME = GraphState("rollout", "Plan outcome?", in_overview=True)
PLAN_FAILED = GraphState("rollout", "Plan failed")
PLAN_REFUSED = GraphState("rollout", "Plan refused")
SHOW_THE_PLAN = GraphState("rollout", "Show the plan")
NOTHING_TO_DO = GraphState("rollout", "Nothing to do")
WAIT_FOR_WINDOW_TO_START = GraphState("rollout", "Wait for maintenance window")
WAIT_FOR_PREVIOUS = GraphState("rollout", "Wait for previous rollout")
APPROVAL_FAILED = GraphState("rollout", "Approval failed")
ANSWERED = GraphState("rollout", "Answered")
NOT_ANSWERED = GraphState("rollout", "Not answered")
ANSWER_FAILED = GraphState("rollout", "Answer failed")
WAIT_FOR_INVOCATIONS = GraphState("phases.take_over", "Wait for in-flight invocations")
RESUME_OR_ROLL_BACK = GraphState("phases.take_over", "Resume or roll back?", in_overview=True)
ALREADY_RUNNING = GraphState("phases.take_over", "Already running")
TAKEN_OVER = GraphState("phases.take_over", "Taken over by another")

# The two boxes, and how they end.
ROLL_OUT = GraphState("phases.roll_out", "Roll out", in_overview=True)
ROLLED_OUT = GraphState("phases.roll_out", "Rolled out", in_overview=True)
HANDED_OVER = GraphState("phases.hand_over", "Handed over")
ROLL_BACK = GraphState("phases.roll_back", "", "Roll back", in_overview=True)
ROLLED_BACK = GraphState("phases.roll_back", "", "Rolled back", in_overview=True)
REMAINING_WORK_UNREAD = GraphState("phases.needs_a_human", "", "Remaining work could not be read")
NEEDS_A_HUMAN = GraphState("phases.needs_a_human", "", "Needs a human", in_overview=True)

# The loop in a box, and its waits.
NEXT_STEP = GraphState("phases.move_fleet", "Next step?", "Next step on the way back?")
ALL_REPLACED = GraphState("phases.move_fleet", "All instances replaced", "All instances returned", StepKind.DONE)
STOPPED = GraphState("phases.move_fleet", "Stopped on request", step=StepKind.STOP_HERE)


def _wait(step: StepKind, forward: str, back: str = "") -> GraphState:
    return GraphState("phases.move_fleet", forward, back, step)


WAIT_FOR_AGENTS = _wait(StepKind.WAIT_FOR_AGENTS, "Wait for ACTIVE agents", "Wait for ACTIVE agents on the way back")
WAIT_FOR_SERVICES = _wait(
    StepKind.WAIT_FOR_SERVICES, "Wait for stable services", "Wait for stable services on the way back"
)
WAIT_FOR_DRAIN = _wait(StepKind.WAIT_FOR_DRAIN, "Wait for drain", "Wait for drain of new instances")
WAIT_FOR_TERMINATION = _wait(
    StepKind.WAIT_FOR_TERMINATION, "Wait for termination", "Wait for termination of new instances"
)
BAKE = _wait(StepKind.WAIT_UNDER_LOAD, "Bake")
WAIT_WHILE_PAUSED = _wait(StepKind.WAIT_WHILE_PAUSED, "Wait while paused")
WAIT_FOR_WINDOW = _wait(StepKind.WAIT_FOR_WINDOW, "Wait for next maintenance window")
WAITS = (
    WAIT_FOR_AGENTS, WAIT_FOR_SERVICES, WAIT_FOR_DRAIN, WAIT_FOR_TERMINATION, BAKE, WAIT_WHILE_PAUSED, WAIT_FOR_WINDOW,
)  # fmt: skip

GRAPH_STATES = (
    PLAN_OUTCOME, PLAN_FAILED, PLAN_REFUSED, SHOW_THE_PLAN, NOTHING_TO_DO, WAIT_FOR_WINDOW_TO_START, WAIT_FOR_PREVIOUS,
    APPROVAL_FAILED, ANSWERED, NOT_ANSWERED, ANSWER_FAILED, WAIT_FOR_INVOCATIONS, RESUME_OR_ROLL_BACK, ALREADY_RUNNING,
    TAKEN_OVER, HANDED_OVER, ROLL_OUT, ROLLED_OUT, ROLL_BACK, ROLLED_BACK, REMAINING_WORK_UNREAD, NEEDS_A_HUMAN,
    NEXT_STEP, ALL_REPLACED, STOPPED, *WAITS,
)  # fmt: skip
STATES: tuple[TaskState | GraphState, ...] = (*TASK_STATES, *GRAPH_STATES)
"""Every state of the graph: workflow, picture, pages and tests take its names from here."""

# Under which names the functions' metrics are found.
METRICS, SERVICE = "EcsAmiRollout", "ecs-ami-rollout"

# Functions beside the machine: what starts it, and what keeps it from being deleted in mid-rollout.
WATCH_AMIS = TaskState("watch_amis", "Watch AMIs", package="triggers")
START_ROLLOUTS = TaskState("start_rollouts", "Start rollouts", package="triggers")
GUARD_DELETION = TaskState("guard_deletion", "Guard deletion", package="triggers")
TRIGGERS = (WATCH_AMIS, START_ROLLOUTS, GUARD_DELETION)
