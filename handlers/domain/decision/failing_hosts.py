"""New instances that fail where old ones do not: what turns a rollout, whichever service bears it. Pure.

Three things tell of a host. Its agent goes and comes back: agents do so a few times an hour (developer guide, "Amazon
ECS container instance state change events"), for seconds, so few of those are seen. It is lost: its agent stays away,
or its group replaces it. And tasks of several services fail on it. Each is counted on new and on old instances and
judged as tasks are. A single spot interruption, a lost zone or somebody's own termination come to nothing in that.
"""

from dataclasses import dataclass, replace

from handlers.domain.decision.comparison import BAD_EVENTS, Comparison, Tally, judge, together
from handlers.domain.decision.exposure import instance_hours, is_new
from handlers.domain.decision.failing_tasks import (
    AGAIN_SECONDS,
    RECENT_SECONDS,
    REMEMBERED_SECONDS,
    WELL_HOURS,
    WINDOWS,
    task_tallies,
)
from handlers.domain.decision.lost_agents import is_lost
from handlers.domain.decision.situation import Situation
from handlers.domain.formatting import join_first
from handlers.domain.model.fleet import Instance
from handlers.domain.model.progress import Health
from handlers.errors import HostsFailing, TasksFailing
from handlers.payloads import Direction

AGENTS, MACHINES, TASKS = "agents", "machines", "tasks"
AGENT_HOURS = 2.0
"""Instance-hours in which one absence of a well agent is seen: of three an hour, five seconds long, one in six."""

MACHINE_HOURS = 100.0
"""Instance-hours in which one instance is lost that is well: spot ones go now and then."""

NEWCOMER_SECONDS = 60
STRETCH_SECONDS = 300
KEPT_AT_MOST = 100


@dataclass(frozen=True)
class Judgement:
    """What of hosts is judged, in which window, and what it comes to."""

    what: str
    window: int
    tally: Tally
    compared: Comparison

    @property
    def guilty(self) -> bool:
        """Whether it is held against the new AMI."""
        return self.tally.new >= BAD_EVENTS and self.compared.guilty

    @property
    def doubtful(self) -> bool:
        """Whether it is to be looked at again before anything else moves: of what was seen just now.

        Most absences of an agent are over before they are seen, so one is enough.
        """
        lately = self.window == RECENT_SECONDS
        return self.guilty or (lately and self.compared.doubtful(1 if self.what == AGENTS else BAD_EVENTS - 1))


def judgements(situation: Situation) -> tuple[Judgement, ...]:
    """All of them, forward; on the way back nothing is judged."""
    if situation.direction is Direction.BACK:
        return ()
    found = [_judged(AGENTS, RECENT_SECONDS, [_agents(situation)], AGENT_HOURS)]
    for window in WINDOWS:
        found.append(_judged(MACHINES, window, [_machines(situation, window)], MACHINE_HOURS))
        tallies = list(task_tallies(situation, window).values())
        if sum(tally.new > 0 for tally in tallies) > 1:
            found.append(_judged(TASKS, window, tallies, WELL_HOURS))
    return tuple(found)


def is_doubtful(situation: Situation) -> bool:
    """Whether new instances are to be looked at again before anything else moves."""
    return any(each.doubtful for each in judgements(situation))


def check_hosts(situation: Situation) -> None:
    """Raise HostsFailing, or TasksFailing, where the judgement was against new instances before, and is now."""
    for each in judgements(situation):
        known_for = situation.now - situation.progress.health.suspected.get(each.what, situation.now)
        if each.guilty and known_for >= AGAIN_SECONDS:
            raise (TasksFailing if each.what == TASKS else HostsFailing)(_says(situation, each))


def remembered(situation: Situation, health: Health) -> Health:
    """The health with what this reading adds: absences, lost instances, suspicions."""
    health = replace(health, absences=_absences(situation, health), lost=_lost(situation, health))
    progress = replace(situation.progress, health=health)
    judged = Situation(situation.plan, replace(situation.observation, progress=progress))
    doubtful = {each.what for each in judgements(judged) if each.doubtful}
    return replace(health, suspected={what: health.suspected.get(what, situation.now) for what in sorted(doubtful)})


def _absences(situation: Situation, health: Health) -> dict[str, list[int]]:
    """Those of agents that are away on this reading and were not on the one before are added."""
    now, known = situation.now, situation.progress.drains.absent_since
    went = [
        instance
        for instance in situation.fleet.alive
        if instance.registered
        and instance.lifecycle == "InService"
        and not instance.connected
        and instance.instance_id not in known
        and now - instance.joined_at >= NEWCOMER_SECONDS
    ]
    kept = {began: counts for began, counts in health.absences.items() if now - float(began) < RECENT_SECONDS}
    if not went:
        return kept
    stretch = str(int(now // STRETCH_SECONDS * STRETCH_SECONDS))
    new, old = kept.get(stretch, [0, 0])
    more = sum(is_new(situation.plan, instance) for instance in went)
    return {**kept, stretch: [new + more, old + len(went) - more]}


def _lost(situation: Situation, health: Health) -> dict[str, list[float]]:
    """Each lost instance once, for as long as it counts."""
    now, plan = situation.now, situation.plan
    kept = {name: seen for name, seen in health.lost.items() if now - seen[0] < REMEMBERED_SECONDS}
    gone = [instance for instance in situation.fleet.alive if _has_gone(situation, instance)]
    ours = situation.progress.drains.started_at
    for instance in (*situation.observation.unhealthy, *gone):
        if instance.instance_id in ours:
            continue
        if instance.registered and instance.instance_id not in kept and len(kept) < KEPT_AT_MOST:
            kept[instance.instance_id] = [now, float(is_new(plan, instance))]
    return kept


def _has_gone(situation: Situation, instance: Instance) -> bool:
    return instance.lifecycle == "InService" and is_lost(situation.progress, instance, situation.now)


def _judged(what: str, window: int, tallies: list[Tally], well_hours: float) -> Judgement:
    return Judgement(what, window, together(tallies), judge(tallies, well_hours))


def _agents(situation: Situation) -> Tally:
    counts = situation.progress.health.absences.values()
    hours = instance_hours(situation, RECENT_SECONDS)
    return Tally(sum(new for new, _old in counts), sum(old for _new, old in counts), *hours)


def _machines(situation: Situation, window: int) -> Tally:
    recent = [new for at, new in situation.progress.health.lost.values() if situation.now - at <= window]
    new = round(sum(recent))
    return Tally(new, len(recent) - new, *instance_hours(situation, window))


def _says(situation: Situation, judgement: Judgement) -> str:
    said = f"in the last {judgement.window} s {judgement.tally.said}"
    chance = f"the probability of that by chance is {judgement.compared.noise:.1g}"
    if judgement.what == AGENTS:
        return (
            f"Seen twice: ECS agents lose their connection, {said}; {chance}. Look at /var/log/ecs/ecs-agent.log and "
            "at Docker's log on an instance of the new AMI."
        )
    if judgement.what == MACHINES:
        lost = [name for name, (_at, new) in situation.progress.health.lost.items() if new]
        return (
            f"Seen twice: new instances are lost ({join_first(sorted(lost))}: an agent that stays away, or an instance "
            f"that its group replaces), {said}; {chance}. Look at the scaling activities of the group, and at the "
            "console output of an instance that is still there: does the AMI reboot, or fail its status checks?"
        )
    latest = max(situation.observation.task_failures, key=lambda each: each.at)
    return (
        f"Seen twice: tasks of several services fail on new instances, {said}; {chance}. "
        f"The latest: {latest.service}, {latest.last_words}. Look at the logs of that task: what does the new AMI lack?"
    )
