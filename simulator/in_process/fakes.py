"""Fakes of what moto answers in the full mode, as far as the handlers ask for it: SSM, Step Functions, EC2's types."""

import json
from typing import Any

from moto.ec2.models.instance_types import INSTANCE_TYPES
from moto.ssm.models import ssm_backends

from simulator.api.dispatch import ApiError
from simulator.aws.cloudwatch import CloudWatch
from simulator.aws.ec2.api import Ec2Api
from simulator.aws.ec2.errors import dry_run, invalid_value
from simulator.aws.ecs.context import ACCOUNT
from simulator.stepfunctions.walker.engine import WalkingEngine
from simulator.stepfunctions.walker.host import StateOutcome

Answer = dict[str, Any]
HISTORY_PAGE = 100  # where `maxResults` is 0 or absent (Step Functions API reference)


class Ssm:
    """Parameters, over moto's."""

    def __init__(self, region: str) -> None:
        self._backend = ssm_backends[ACCOUNT][region]

    def get_parameter(self, **request: Any) -> Answer:
        """The parameter's value. Raises ApiError, ParameterNotFound."""
        found = self._backend.get_parameter(request["Name"])
        if found is None:
            raise ApiError("ParameterNotFound", f"Parameter {request['Name']} not found.")
        return {"Parameter": {"Name": request["Name"], "Value": str(found.value), "Version": found.version}}

    def put_parameter(self, **request: Any) -> Answer:
        """A new version of the parameter, or its first."""
        made = self._backend.put_parameter(
            request["Name"],
            request.get("Description", ""),
            request["Value"],
            request.get("Type", ""),
            request.get("AllowedPattern", ""),
            request.get("KeyId", ""),
            request.get("Overwrite", False),
            request.get("Tags", []),
            request.get("DataType", "text"),
            request.get("Tier"),
            request.get("Policies"),
        )
        return {"Version": made.version, "Tier": made.tier or "Standard"}

    def get_parameters_by_path(self, **request: Any) -> Answer:
        """A page of the parameters below the path."""
        found, following = self._backend.get_parameters_by_path(
            request["Path"], request.get("Recursive", False), next_token=request.get("NextToken")
        )
        page = [
            {"Name": parameter.name, "Value": str(parameter.value), "Version": parameter.version} for parameter in found
        ]
        return {"Parameters": page, **({"NextToken": following} if following else {})}


class States:
    """Executions and their task tokens, over the fast engine."""

    def __init__(self, engine: WalkingEngine) -> None:
        self._engine = engine

    def describe_execution(self, **request: Any) -> Answer:
        """The execution's status, when it began, and its error where it has one."""
        arn = request["executionArn"]
        status, error = self._engine.status_of(arn), self._engine.error_of(arn)
        told = {"executionArn": arn, "status": status, "startDate": self._engine.began_at(arn)}
        return {**told, **({"error": error} if error else {})}

    def get_execution_history(self, **request: Any) -> Answer:
        """A page of its events, each with its id and type: those at one end, as many as are asked for."""
        arn = request["executionArn"]
        self._engine.status_of(arn)  # there is one of that name
        events = [{"id": place + 1, "type": kind} for place, kind in enumerate(self._engine.event_types(arn))]
        if request.get("reverseOrder"):
            events.reverse()
        return {"events": events[: request.get("maxResults") or HISTORY_PAGE]}

    def start_execution(self, **request: Any) -> Answer:
        """The execution's ARN; time passes for it while its end is waited for, or for another one's.

        Only the deployed state machine is here, and who starts it names the execution.
        """
        machine = request["stateMachineArn"]
        if not machine.startswith("arn:"):
            raise ApiError("InvalidArn", f"Invalid State Machine Arn: '{machine}'")
        if machine != self._engine.machine_arn:
            raise ApiError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{machine}'")
        self._engine.begin(**request)
        return {"executionArn": self._engine.arn(request["name"])}

    def send_task_success(self, **request: Any) -> Answer:
        """The Task that waits goes on with this output."""
        self._engine.complete_token(request["taskToken"], StateOutcome(json.loads(request["output"])))
        return {}


class Alarms:
    """DescribeAlarms: the simulated one's answer, as members and not as moto's objects."""

    def __init__(self, region: str) -> None:
        self._cloudwatch = CloudWatch(region)

    def describe_alarms(self, **request: Any) -> Answer:
        """A page of alarms, each with its name and state."""
        answer = self._cloudwatch.describe_alarms(**request)
        shown = {kind: [_alarm(each) for each in answer[kind]] for kind in ("MetricAlarms", "CompositeAlarms")}
        return {**answer, **shown}


class Ec2WithTypes(Ec2Api):
    """The simulated EC2, and DescribeInstanceTypes over moto's data."""

    def describe_instance_types(self, **request: Any) -> Answer:
        """Those asked for by name or by the filter `instance-type`. Raises ApiError for a name that there is not."""
        if request.get("DryRun"):
            raise dry_run()
        wanted = request.get("InstanceTypes")
        if wanted is None:
            filters = {each["Name"]: each["Values"] for each in request.get("Filters", [])}
            if others := filters.keys() - {"instance-type"}:
                raise invalid_value(f"The filter '{min(others)}' is invalid")
            return {"InstanceTypes": [_type(each) for each in filters["instance-type"] if each in INSTANCE_TYPES]}
        unknown = [each for each in wanted if each not in INSTANCE_TYPES]
        if unknown:
            message = f"The following supplied instance types do not exist: [{', '.join(unknown)}]"
            raise ApiError("InvalidInstanceType", message)
        return {"InstanceTypes": [_type(function) for function in wanted]}


def _alarm(each: Any) -> Answer:
    return {"AlarmName": each.name, "StateValue": each.state_value}


def _type(name: str) -> Answer:
    """What the handlers read of an instance type; moto knows a thousand facts more."""
    return {key: INSTANCE_TYPES[name][key] for key in ("InstanceType", "ProcessorInfo", "VCpuInfo", "MemoryInfo")}
