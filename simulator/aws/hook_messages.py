"""What a lifecycle hook tells when an instance waits for it: its notification target, and EventBridge in any case.

The members are those of "Amazon EC2 Auto Scaling lifecycle hooks" and "EventBridge event reference" (Auto Scaling user
guide); subjects and the form of the time are those of messages that public handlers keep in their tests, of 2014 to
2024 (btisdall/ecs-cid, tests/conftest.py, among many). A target is sent a test message when a request names
it (botocore, `PutLifecycleHookType.NotificationTargetARN`). SNS topics and SQS queues are moto's, in both modes.
"""

import json
from typing import Any

from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from simulator.aws.autoscaling.activities import token
from simulator.aws.autoscaling.events import LifecycleActionStarted
from simulator.aws.autoscaling.hook_state import LAUNCHING, Hook
from simulator.aws.autoscaling.region import AutoScaling
from simulator.aws.autoscaling.state import Group
from simulator.aws.ec2.network import ACCOUNT
from simulator.aws.messages import DEFAULT_BUS, EventPut, Published

PLACES = {LAUNCHING: ("EC2", "AutoScalingGroup")}
BACK = ("AutoScalingGroup", "EC2")


class HookMessages:
    """Sends them."""

    def __init__(self, scaling: AutoScaling, region: str) -> None:
        self._scaling, self._region = scaling, region
        scaling.tell_target = self._test
        scaling.bus.subscribe(LifecycleActionStarted, self._tell)

    def _tell(self, event: LifecycleActionStarted) -> None:
        hook = self._scaling.group(event.group).hooks[event.hook]
        origin, destination = PLACES.get(event.transition, BACK)
        detail: dict[str, Any] = {
            "LifecycleActionToken": event.token,
            "AutoScalingGroupName": event.group,
            "LifecycleHookName": event.hook,
            "EC2InstanceId": event.instance_id,
            "LifecycleTransition": event.transition,
            "Origin": origin,
            "Destination": destination,
        }
        if hook.metadata:
            detail["NotificationMetadata"] = hook.metadata
        kind = "launch" if event.transition == LAUNCHING else "terminate"
        put = EventPut(DEFAULT_BUS, "aws.autoscaling", f"EC2 Instance-{kind} Lifecycle Action", detail)
        self._scaling.bus.emit(put)
        if hook.target:
            action = "LAUNCHING" if event.transition == LAUNCHING else "TERMINATING"
            subject = f"Auto Scaling:  Lifecycle action '{action}' for instance {event.instance_id} in progress."
            self._send(hook.target, subject, detail)

    def _test(self, group: Group, hook: Hook) -> bool:
        said = {
            "AutoScalingGroupARN": group.arn,
            "AutoScalingGroupName": group.name,
            "Event": "autoscaling:TEST_NOTIFICATION",
        }
        return self._send(str(hook.target), f'Auto Scaling: test notification for group "{group.name}"', said)

    def _send(self, target: str, subject: str, said: dict[str, Any]) -> bool:
        """Whether the target is there: it has the message then."""
        message = json.dumps(
            {
                **said,
                "Service": "AWS Auto Scaling",
                "Time": self._scaling.clock.today().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "AccountId": ACCOUNT,
                "RequestId": token(self._scaling.random_streams, "hook-message"),
            }
        )
        name = target.rsplit(":", 1)[-1]
        if target in sns_backends[ACCOUNT][self._region].topics:
            sns_backends[ACCOUNT][self._region].publish(message, target, subject=subject[:100])
            self._scaling.bus.emit(Published(target, subject, message))
            return True
        queue = sqs_backends[ACCOUNT][self._region].queues.get(name)
        if queue is None or queue.queue_arn != target:
            return False
        sqs_backends[ACCOUNT][self._region].send_message(name, message)
        return True
