"""The states of the graph and the functions behind them. Standard library only."""

from dataclasses import dataclass

from handlers.payloads import Direction


@dataclass(frozen=True)
class TaskState:
    """One Task of the graph: its sentence in each direction and the handler module that it runs.

    An empty sentence means that the state does not exist in that direction.
    """

    handler: str
    forward: str
    back: str = ""
    package: str = "states"

    @property
    def module(self) -> str:
        """The module that its function runs."""
        return f"handlers.{self.package}.{self.handler}"

    def name(self, direction: Direction) -> str:
        """The state's name in that direction."""
        return self.forward if direction is Direction.FORWARD else self.back


# The spine.
PLAN = TaskState("plan_rollout", "Plan rollout")
APPROVAL = TaskState("wait_for_approval", "Wait for approval")
ANSWER = TaskState("record_response", "Record response")
LOCK = TaskState("lock_cluster", "Lock cluster")
TAKE_OVER = TaskState("take_over_rollout", "Take over rollout")
CREATE_VERSION = TaskState("create_launch_template_version", "Create launch template version")
PREPARE = TaskState("prepare_node_group", "Prepare node group", "Return node group to its launch template version")
BEGIN_ROLL_BACK = TaskState("begin_roll_back", "", "Begin roll-back")
FINISH = TaskState("finish_rollout", "Finish rollout", "Restore and verify")
STOP_IN_PLACE = TaskState("stop_in_place", "Stop in place")
REPORT_REMAINING_WORK = TaskState("report_remaining_work", "", "Report remaining work")

# The loop and its steps.
ASSESS = TaskState("assess_fleet", "Assess fleet", "Assess fleet on the way back")
REACTIVATE = TaskState("reactivate_instances", "Reactivate instances", "Reactivate old instances")
CORDON = TaskState("cordon_instances", "Cordon old instances", "Uncordon old instances")
UPDATE_SERVICE_STRATEGY = TaskState("update_service_strategy", "Update service strategy", "Return service strategy")
SCALE_OUT = TaskState("scale_out", "Scale out", "Scale out the old version")
DRAIN = TaskState("drain_instances", "Drain old instances", "Drain new instances")
SCALE_IN = TaskState("scale_in", "Scale in", "Scale in new instances")
START_BAKE = TaskState("start_bake", "Start bake")
PROMOTION = TaskState("wait_for_promotion", "Wait for promotion")

TASK_STATES = (
    PLAN, APPROVAL, ANSWER, LOCK, TAKE_OVER, CREATE_VERSION, PREPARE, BEGIN_ROLL_BACK, FINISH, STOP_IN_PLACE,
    REPORT_REMAINING_WORK,
    ASSESS, REACTIVATE, CORDON, UPDATE_SERVICE_STRATEGY, SCALE_OUT, DRAIN, SCALE_IN, START_BAKE, PROMOTION,
)  # fmt: skip

# Under which names the functions' metrics are found.
METRICS, SERVICE = "EcsAmiRollout", "ecs-ami-rollout"

# Functions beside the machine: what starts it, and what keeps it from being deleted in mid-rollout.
WATCH_AMIS = TaskState("watch_amis", "Watch AMIs", package="triggers")
START_ROLLOUTS = TaskState("start_rollouts", "Start rollouts", package="triggers")
GUARD_DELETION = TaskState("guard_deletion", "Guard deletion", package="triggers")
TRIGGERS = (WATCH_AMIS, START_ROLLOUTS, GUARD_DELETION)
