"""The errors of a rollout, by whose names the graph chooses its way. Standard library only."""


class RolloutError(Exception):
    """A domain error. Catch matches the class name exactly, so it is always a subclass that is raised.

    The message says what was seen, what was expected and what to do.
    """


class InputInvalid(RolloutError):
    """The input has an unknown key, a wrong type or an impossible value. Nothing was changed."""


class PayloadOfAnotherVersion(RolloutError):
    """What a state passed on was written by functions of another version: they were deployed in mid-rollout."""


class PlanImpossible(RolloutError):
    """The cluster's current state does not allow this rollout. Nothing was changed."""


class HandedOver(RolloutError):
    """Another execution goes on with the rollout, as this one asked it to. This one changes nothing any more."""


class NotHandedOver(RolloutError):
    """No execution could be started that goes on with the rollout, and this one cannot."""


class AlreadyRunning(RolloutError):
    """Another rollout holds the node group. Nothing was changed."""


class LeaseLost(RolloutError):
    """Another rollout took the node group over while this one ran. This one changes nothing any more."""


class NotShownYet(RolloutError):
    """AWS does not show what the rollout has just made: reads are eventually consistent, so it is tried again."""


class ChangeInProgress(RolloutError):
    """A change that AWS makes in the background has not come to its end. The step is taken again, and reads again."""


class PartialFailure(RolloutError):
    """An API call answered that it could not do a part of what it was asked."""


class NotToldYet(RolloutError):
    """What an operator has to know was not sent to people, or not to machines. The step is taken again to send it."""


class LaunchFailed(RolloutError):
    """Auto Scaling could not launch instances."""


class AgentNeverConnected(RolloutError):
    """An instance was launched and its ECS agent did not register and connect in time."""


class ServiceDidNotStabilize(RolloutError):
    """Services did not get stable in time."""


class TasksFailing(RolloutError):
    """Tasks of a service, or of several together, keep failing on new instances, and not on old ones."""


class HostsFailing(RolloutError):
    """New instances fail where old ones do not: their agents go, or machines are lost."""


class DrainTimedOut(RolloutError):
    """Tasks did not leave the draining instances in time."""


class StandaloneTasksStillRunning(RolloutError):
    """Tasks that no service owns were still running at the deadline."""


class NoRoomToDrain(RolloutError):
    """Old instances are left, and their tasks fit nowhere."""


class ScaleInTimedOut(RolloutError):
    """Instances that were terminated did not go away in time."""


class AlarmFired(RolloutError):
    """A watched alarm went into ALARM."""


class AlarmInconclusive(RolloutError):
    """At the end of a bake a watched alarm had no data, and the input says that this turns the rollout back."""


class NotPromoted(RolloutError):
    """An operator rejected the promotion, or nobody answered in time."""


class NotApproved(RolloutError):
    """An operator rejected the rollout, or nobody approved it in time. Nothing was changed."""


class FollowersFailed(RolloutError):
    """Some of those who follow a parameter could not be looked at or started; all others were."""


class NotAnswered(RolloutError):
    """Nobody waits for this answer (any more): it came too late, twice, or to no rollout. It changed nothing."""


class WindowClosed(RolloutError):
    """The maintenance window closed in mid-rollout, and the input says that this turns the rollout back."""


class RolloutAborted(RolloutError):
    """An operator asked for the rollout to be aborted."""


class RolloutAbandoned(RolloutError):
    """The execution that acted for the rollout ended before the rollout did; another one returned what it had moved."""


class RecoveredInVain(RolloutError):
    """The way back ended in the same way as the one before it; another recovery would do so again."""


class StoppedAsAsked(RolloutError):
    """An operator asked for the rollout to stop where it was; a part of the fleet is new."""


class RolloutTimedOut(RolloutError):
    """The rollout as a whole took longer than its time-out."""


class NothingToReturnTo(RolloutError):
    """The rollout had finished and its old group is deleted; only its last answer was lost."""


class SettingsNotRestored(RolloutError):
    """A setting that was overridden did not read back as recorded."""


class InstancesSkipped(RolloutError):
    """Everything else is new; the named instances were left old because the input said so."""


HARMLESS = (AlreadyRunning, HandedOver, InputInvalid, NotAnswered, NotApproved, PlanImpossible, StoppedAsAsked)
"""Errors that an execution ends with where it changed nothing, or all that an operator asked for, or where another
execution goes on.

They are no other execution's error: so the rule that hears of failed executions leaves them out by name, and neither an
alarm nor a recovery follows.
"""
