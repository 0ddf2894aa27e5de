"""What is around every handler: logger context, metrics and a trace around a function that knows none of them."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import wraps
from types import MappingProxyType
from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit

from handlers.catalogue import METRICS, SERVICE, TaskState
from handlers.errors import RolloutError
from handlers.payloads import Direction, Refusal
from handlers.runtime import throttling
from handlers.runtime.clients import AwsClients, build_clients

Event = dict[str, Any]
Act = Callable[[Event, AwsClients], dict[str, Any]]
Handler = Callable[[Event, Any], dict[str, Any]]

logger = Logger(service=SERVICE)
metrics = Metrics(namespace=METRICS, service=SERVICE)
tracer = Tracer(service=SERVICE)


def task_handler(
    state: TaskState, refusals: Mapping[type[RolloutError], StrEnum] = MappingProxyType({})
) -> Callable[[Act], Handler]:
    """Make a Lambda handler of `act(event, clients)`.

    Errors leave under their own class, because Catch routes on its name. A domain error's message begins with the
    sentence of the state that it arose in, because a Catch doesn't say. Those among `refusals` are an answer, with the
    outcome that the graph chooses by: what it ends with is then the plain message, not Lambda's JSON around it.
    """

    def entrance(act: Act) -> Handler:
        @wraps(act)
        def handler(event: Event, _context: Any) -> dict[str, Any]:
            name = state.name(Direction(event.get("direction", Direction.FORWARD)))
            rollout = event.get("rollout", {})
            logger.append_keys(state=name, rollout_id=rollout.get("rollout_id"), cluster=rollout.get("cluster"))
            try:
                result = act(event, build_clients())
            except RolloutError as error:
                logger.warning("refused", extra={"error": type(error).__name__, "cause": str(error)})
                metrics.add_metric(name=type(error).__name__, unit=MetricUnit.Count, value=1)
                if type(error) not in refusals:
                    raise type(error)(f"{name}: {error}") from error
                result = Refusal(refusals[type(error)], type(error).__name__, f"{name}: {error}").to_state()
            except Exception as error:
                logger.exception("failed")
                raise error.with_traceback(None) from None  # the payload carries the cause; the log has the trace
            finally:
                if throttled := throttling.drain_count():
                    metrics.add_metric(name="Throttles", unit=MetricUnit.Count, value=throttled)
                if metrics.metric_set:
                    if dimensions := node_group_dimensions(rollout):
                        metrics.add_dimensions(**dimensions)
                    metrics.flush_metrics()
            logger.info("done", extra={"result": result})
            return result

        traced: Handler = tracer.capture_lambda_handler(handler, capture_response=False)
        return traced

    return entrance


def node_group_dimensions(rollout: Mapping[str, Any]) -> dict[str, str]:
    """The dimensions of what is about one node group; none where it is not known, as before the plan.

    Each metric is written once more with them: alarms look at all rollouts, the dashboard at each node group.
    """
    named = {"Cluster": rollout.get("cluster"), "NodeGroup": rollout.get("auto_scaling_group")}
    return {name: str(value) for name, value in named.items()} if all(named.values()) else {}
