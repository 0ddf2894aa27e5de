"""What a lifecycle hook tells when an instance waits for it: its notification target, and EventBridge in any case.

The members are those of "Amazon EC2 Auto Scaling lifecycle hooks" and "EventBridge event reference" (Auto Scaling user
guide). A target that is not there hears nothing. SNS topics and SQS queues are moto's, in both modes.
"""

import json
from typing import Any

from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from simulator.aws.autoscaling.activities import token
from simulator.aws.autoscaling.events import LifecycleActionStarted
from simulator.aws.autoscaling.hook_state import LAUNCHING, Hook
from simulator.aws.autoscaling.region import AutoScaling
from simulator.aws.ec2.network import ACCOUNT
from simulator.aws.messages import DEFAULT_BUS, EventPut, Published

PLACES = {LAUNCHING: ("EC2", "AutoScalingGroup")}
BACK = ("AutoScalingGroup", "EC2")


class HookMessages:
    """Sends them."""

    def __init__(self, scaling: AutoScaling, region: str) -> None:
        self._scaling, self._region = scaling, region
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
            self._notify(hook, hook.target, detail)

    def _notify(self, hook: Hook, target: str, detail: dict[str, Any]) -> None:
        message = json.dumps(
            {
                **detail,
                "Service": "AWS Auto Scaling",
                "Time": self._scaling.clock.today().isoformat(),
                "AccountId": ACCOUNT,
                "RequestId": token(self._scaling.random_streams, "hook-message"),
            }
        )
        service, name = target.split(":")[2], target.rsplit(":", 1)[-1]
        if service == "sns" and target in sns_backends[ACCOUNT][self._region].topics:
            subject = f'Auto Scaling:  Lifecycle action {hook.name} for group "{detail["AutoScalingGroupName"]}"'[:100]
            sns_backends[ACCOUNT][self._region].publish(message, target, subject=subject)
            self._scaling.bus.emit(Published(target, subject, message))
        if service == "sqs" and name in sqs_backends[ACCOUNT][self._region].queues:
            sqs_backends[ACCOUNT][self._region].send_message(name, message)
