"""The planted bugs. Each is one that somebody could write, and that would hurt."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.mutants.mutant import Mutant


def always(value: Any) -> Callable[[Any], Any]:
    """A function that answers so, whatever it is asked."""
    return lambda _right: lambda *_given, **_named: value


def but(change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The right answer, changed."""
    return lambda right: lambda *given, **named: change(right(*given, **named))


def nothing(_right: Any) -> Any:
    """A method that does nothing."""
    return lambda *_given, **_named: None


def _draining_at_once(right: Any) -> Any:
    def to_drain(plan: Any, observation: Any) -> Any:
        not_draining = [each for each in observation.fleet.outgoing if each.registered and not each.draining]
        return not_draining or right(plan, observation)

    return to_drain


def _of_new_ones(_right: Any) -> Any:
    return lambda _plan, _fleet, _progress: [each for each in _fleet.incoming if each.registered]


def _without_decrement(_right: Any) -> Any:
    def terminate(self: Any, _name: str, instance_ids: Any) -> None:
        for instance_id in instance_ids:
            self._client.terminate_instance_in_auto_scaling_group(
                InstanceId=instance_id, ShouldDecrementDesiredCapacity=False
            )

    return terminate


def _first_page(right: Any) -> Any:
    return lambda self, cluster: dict(list(right(self, cluster).items())[:2])


MUTANTS = (
    # Which instances.
    Mutant("newest first", "domain.model.fleet", "oldest_first", but(lambda found: found[::-1])),
    Mutant("drains all at once", "domain.decision.replacement", "to_drain", _draining_at_once),
    Mutant("drains what is to stay", "domain.decision.replacement", "candidates", _of_new_ones),
    Mutant("terminates what still holds tasks", "domain.decision.replacement", "_is_finished", always(value=True)),
    Mutant("believes the agent's count of tasks", "domain.model.fleet", "drained",
           lambda _right: property(lambda each: each.draining and not each.task_count), of="Instance"),
    Mutant("never terminates", "domain.decision.replacement", "to_terminate", always([])),
    Mutant("leaves nobody", "domain.decision.selection", "to_replace", always([])),
    Mutant("old and new exchanged", "domain.decision.selection", "split", but(lambda found: found[::-1])),
    Mutant("skips reactivation", "domain.decision.replacement", "to_reactivate", always([])),
    Mutant("terminates below the minimum", "domain.decision.replacement", "to_terminate",
           lambda right: lambda plan, seen: right(plan, replace(seen, fleet=replace(seen.fleet, minimum=-9)))),
    # How many.
    Mutant("surge without end", "domain.decision.replacement", "desired_capacity", but(lambda size: size + 3)),
    Mutant("never scales out", "domain.decision.decide", "_scale_out", always(None)),
    Mutant("floor ignored", "domain.model.plan", "floor", lambda _right: property(lambda _plan: -9), of="Plan"),
    Mutant("scales in on stale numbers", "domain.decision.external_capacity_change", "external_capacity_change",
           always(-1)),
    Mutant("termination without the capacity", "aws.autoscaling", "terminate", _without_decrement,
           of="AutoScaling"),
    Mutant("desired capacity one short", "aws.autoscaling", "set_desired",
           lambda right: lambda self, name, size: right(self, name, size - 1), of="AutoScaling"),
    # Room.
    Mutant("room not looked at", "domain.decision.replacement", "_those_with_room",
           lambda _right: lambda _plan, waiting, _seen, _destinations: list(waiting)),
    Mutant("displaced tasks forgotten", "domain.decision.replacement", "pending_tasks", always([])),
    Mutant("drains into what is not ready", "domain.model.fleet", "ready",
           lambda _right: property(lambda each: each.registered), of="Instance"),
    Mutant("flapping agents count", "domain.model.fleet", "ready",
           lambda _right: property(lambda each: each.lifecycle == "InService" and each.status == "ACTIVE"),
           of="Instance"),
    # Waits.
    Mutant("services not waited for", "domain.model.fleet", "stable", lambda _right: property(lambda _one: True),
           of="Service"),
    Mutant("nothing waited for", "domain.decision.waiting", "waiting_for", always(None)),
    Mutant("gives up at once", "domain.decision.timeouts", "_services",
           lambda right: lambda plan, observation, _waited: right(plan, observation, 10.0**9)),
    Mutant("never gives up on agents", "domain.decision.failure_conditions", "_agents", always(None)),
    Mutant("alarms ignored", "domain.decision.failure_conditions", "_alarms", always(None)),
    # What services are told.
    Mutant("services never moved", "domain.decision.stages", "to_move", always([])),
    Mutant("services believed to be told", "domain.decision.stages", "has_placement", always(value=True)),
    Mutant("stages skipped", "domain.decision.stages", "is_last", always(value=True)),
    # What is overridden.
    Mutant("processes not resumed", "aws.autoscaling", "resume", nothing, of="AutoScaling"),
    Mutant("bounds not restored", "overrides.restore", "bounds_after",
           lambda _right: lambda _turn, _record, group: (group.minimum, group.maximum)),
    Mutant("made versions left behind", "overrides.apply", "delete_versions", nothing),
    Mutant("the new version kept on the way back", "overrides.apply", "version_to_launch", lambda _right:
           lambda context, record: context.progress.created.version or record.template.number),
    Mutant("pinned to $Latest", "aws.autoscaling", "pin", lambda right: lambda self, group, template, _version:
           right(self, group, template, "$Latest"), of="AutoScaling"),
    Mutant("marks left", "aws.ecs", "unmark", nothing, of="Ecs"),
    Mutant("nothing verified, nothing restored", "states.finish_rollout", "restore", nothing),
    Mutant("the copy left behind", "states.finish_rollout", "settle_groups", nothing),
    Mutant("suspends nothing", "aws.autoscaling", "suspend", nothing, of="AutoScaling"),
    Mutant("managed scaling left off", "overrides.apply", "set_provider", lambda right: lambda clients, wanted:
           right(clients, wanted) if wanted.managed_scaling.get("status") == "DISABLED" else None),
    Mutant("binds services to one AMI", "domain.strategies.blue_green", "_has", always(value=True)),
    # Gates, and what the plan refuses.
    Mutant("bake skipped", "domain.decision.stage_end", "_bake", always(None)),
    Mutant("promotion skipped", "domain.decision.stage_end", "_promotion", always(None)),
    Mutant("answers not heard", "domain.decision.situation", "response",
           lambda _right: property(lambda _situation: ""), of="Situation"),
    Mutant("protection not seen", "planning.validate", "about_protection", always([])),
    Mutant("deadlocks not seen", "planning.validate", "deadlocked", always(value=False)),
    Mutant("architecture not checked", "planning.discover", "check_architecture", nothing),
    # Leases.
    Mutant("locks never released", "store.leases", "release", nothing, of="Leases"),
    Mutant("abandoned rollouts not found", "planning.recovery", "_lease_of", always(None)),
    Mutant("resumes what should be returned", "runtime.roll_back", "past_return", always(value=True)),
    Mutant("a rollout that runs is taken over", "planning.recovery", "_execution_ended", always(value=True)),
    Mutant("locks taken from others", "store.leases", "take", nothing, of="Leases"),
    # Gateways.
    Mutant("reads two container instances only", "aws.ecs", "container_instances", _first_page, of="Ecs"),
    Mutant("failures within answers swallowed", "aws.partial_failures", "only_gone", nothing),
    Mutant("standalone tasks not seen", "domain.model.fleet", "standalone", lambda _right: property(lambda _one: ()),
           of="Instance"),
    Mutant("turns back without saying so", "states.begin_roll_back", "begin_roll_back", always({"error": "none"})),
)  # fmt: skip

EXPLAINED: dict[str, str] = {
    "failures within answers swallowed": "no fault makes ECS answer with a failure other than MISSING, which is fine",
}
"""Survivors, and why no run can tell them from the right ones."""
