"""The services that a rollout asks little of: one or two actions each."""

from collections.abc import Iterator

from simulator.iam.needs.need import EVERYTHING, Need, Needs, Place, Request, nowhere

COMPOSITE = "CompositeAlarm"


def _alarms(request: Request, place: Place) -> Iterator[Need]:
    """Composite alarms are shown to those only who may ask for all (DescribeAlarms, CloudWatch API reference)."""
    composite = COMPOSITE in (request.get("AlarmTypes") or ())
    yield Need("cloudwatch:DescribeAlarms", [EVERYTHING if composite else place.arn("cloudwatch", "alarm:*")])


def _images(request: Request, place: Place) -> Iterator[Need]:
    repository = f"repository/{request['repositoryName']}"
    yield Need("ecr:BatchGetImage", [place.arn("ecr", repository, account=request.get("registryId"))])


def _events(request: Request, place: Place) -> Iterator[Need]:
    buses = {entry.get("EventBusName") or "default" for entry in request["Entries"]}
    yield Need("events:PutEvents", [_bus(bus, place) for bus in sorted(buses)])


def _described_bus(request: Request, place: Place) -> Iterator[Need]:
    yield Need("events:DescribeEventBus", [_bus(request.get("Name") or "default", place)])


def _bus(bus: str, place: Place) -> str:
    return bus if bus.startswith("arn:") else place.arn("events", f"event-bus/{bus}")


def _publish(request: Request, _place: Place) -> Iterator[Need]:
    yield Need("sns:Publish", [request["TopicArn"]])


def _item(action: str) -> Needs:
    def needs(request: Request, place: Place) -> Iterator[Need]:
        yield Need(action, [place.arn("dynamodb", f"table/{request['TableName']}")])

    return needs


def _start(request: Request, _place: Place) -> Iterator[Need]:
    yield Need("states:StartExecution", [request["stateMachineArn"]])


def _execution(action: str) -> Needs:
    def needs(request: Request, _place: Place) -> Iterator[Need]:
        yield Need(action, [request["executionArn"]])

    return needs


CLOUDWATCH: dict[str, Needs] = {"DescribeAlarms": _alarms}
DYNAMODB: dict[str, Needs] = {
    operation: _item(f"dynamodb:{operation}")
    for operation in ("DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem")
}
ECR: dict[str, Needs] = {"BatchGetImage": _images}
ELB: dict[str, Needs] = {"DescribeTargetHealth": nowhere("elasticloadbalancing:DescribeTargetHealth")}
EVENTS: dict[str, Needs] = {"DescribeEventBus": _described_bus, "PutEvents": _events}
SNS: dict[str, Needs] = {"Publish": _publish}
STATES: dict[str, Needs] = {
    "DescribeExecution": _execution("states:DescribeExecution"),
    "GetExecutionHistory": _execution("states:GetExecutionHistory"),
    "SendTaskSuccess": nowhere("states:SendTaskSuccess"),
    "StartExecution": _start,
}
