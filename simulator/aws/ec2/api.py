"""EC2's API over the region's state: what the dispatch serves for `ec2`. The rest of EC2 stays moto's."""

import base64
from typing import Any

from moto.ec2.models import ec2_backends

from simulator.api.pages import page
from simulator.aws.ec2.errors import dry_run, image_not_found, invalid_combination, invalid_value, not_simulated
from simulator.aws.ec2.instances import state
from simulator.aws.ec2.network import ACCOUNT
from simulator.aws.ec2.region import Ec2
from simulator.aws.ec2.template_api import Answer, TemplateOperations
from simulator.kernel.simulated_instance import SimulatedInstance
from simulator.scenario.model import Ami

PAGE_BOUNDS = range(5, 1001)
"""EC2 API reference (DescribeInstances, MaxResults): between 5 and 1000."""


class Ec2Api(TemplateOperations):
    """One method per operation, the API's parameter names in, its members out."""

    def __init__(self, ec2: Ec2) -> None:
        self.ec2 = ec2

    def describe_images(self, **request: Any) -> Answer:
        """Images by id, owner and filter."""
        _refuse_dry_run(request)
        images = self.ec2.images.describe(
            request.get("ImageIds", []),
            request.get("Owners", []),
            request.get("Filters", []),
            deprecated=bool(request.get("IncludeDeprecated")),
        )
        shown, token = page(images, request.get("NextToken"), int(request.get("MaxResults") or 1000))
        return {"Images": shown, "NextToken": token}

    def deregister_image(self, **request: Any) -> Answer:
        """The image is gone for new launches; instances of it run on."""
        if not self.ec2.images.exists(request["ImageId"]):
            raise image_not_found([request["ImageId"]])
        self.ec2.register(_deregistered(self.ec2.images.get(request["ImageId"])))
        return {"Return": True}

    def describe_instances(self, **request: Any) -> Answer:
        """Instances, each in a reservation of its own, as Auto Scaling makes them."""
        _refuse_dry_run(request)
        shown, token = self._page(request)
        return {"Reservations": [_reservation(instance, self.ec2) for instance in shown], "NextToken": token}

    def describe_instance_status(self, **request: Any) -> Answer:
        """Status of the running instances; of all with IncludeAllInstances."""
        _refuse_dry_run(request)
        shown, token = self._page(request, running_only=not request.get("IncludeAllInstances"))
        return {"InstanceStatuses": [_status(instance) for instance in shown], "NextToken": token}

    def describe_instance_attribute(self, **request: Any) -> Answer:
        """The user data of an instance, in base64; `{}` where there is none. Other attributes are refused by name."""
        _refuse_dry_run(request)
        if request["Attribute"] != "userData":
            raise not_simulated(f"ec2:DescribeInstanceAttribute with {request['Attribute']}")
        (instance,) = self.ec2.instances.find([request["InstanceId"]])
        value = base64.b64encode(instance.user_data.encode()).decode()
        return {"InstanceId": instance.instance_id, "UserData": {"Value": value} if value else {}}

    def terminate_instances(self, **request: Any) -> Answer:
        """Terminate from outside: an Auto Scaling group will see it and replace the instance."""
        _refuse_dry_run(request)
        if not request.get("InstanceIds"):
            raise invalid_combination("No instances specified")
        instances = self.ec2.instances.find(list(dict.fromkeys(request["InstanceIds"])))
        changes = []
        for instance in instances:
            before = state(instance)
            self.ec2.terminate(instance, "User initiated")
            changes.append(
                {"InstanceId": instance.instance_id, "PreviousState": before, "CurrentState": state(instance)}
            )
        return {"TerminatingInstances": changes}

    def run_instances(self, **request: Any) -> Answer:
        """Only as a dry run: instances here are launched by Auto Scaling.

        What the permissions are asked of must be there: the launch template's version, the image.
        """
        image = request.get("ImageId")
        if spec := request.get("LaunchTemplate"):
            template = self.ec2.templates.find(spec.get("LaunchTemplateId"), spec.get("LaunchTemplateName"))
            image = image or template.version(spec.get("Version")).data.get("ImageId")
        if image and not image.startswith("resolve:") and not self.ec2.images.exists(image):
            raise image_not_found([image])
        _refuse_dry_run(request)
        raise invalid_combination("Only dry runs of RunInstances are simulated.")

    def create_tags(self, **request: Any) -> Answer:
        """Tags on instances and launch templates here; on what is moto's there."""
        _refuse_dry_run(request)
        tags = {tag["Key"]: tag.get("Value", "") for tag in request.get("Tags", [])}
        for resource in request["Resources"]:
            if (held := self._tags_of(resource)) is not None:
                held.update(tags)
            else:
                self._moto.create_tags([resource], tags)
        return {}

    def delete_tags(self, **request: Any) -> Answer:
        """Those keys go (with a value given, only when it is that value); without keys, all of them."""
        _refuse_dry_run(request)
        named = [(tag["Key"], tag.get("Value")) for tag in request.get("Tags", [])]
        for resource in request["Resources"]:
            held = self._tags_of(resource)
            if held is None:
                self._moto.delete_tags([resource], dict(named))
                continue
            for key, value in named or [(key, None) for key in held]:
                if value is None or held.get(key) == value:
                    held.pop(key, None)
        return {}

    def _page(
        self, request: dict[str, Any], *, running_only: bool = False
    ) -> tuple[list[SimulatedInstance], str | None]:
        size = request.get("MaxResults")
        if size is not None and request.get("InstanceIds"):
            raise invalid_combination("The parameter instancesSet cannot be used with the parameter maxResults")
        if size is not None and int(size) not in PAGE_BOUNDS:
            raise invalid_value(f"Value ( {size} ) for parameter maxResults is invalid. It must be 5 to 1000.")
        instances = self.ec2.instances.select(request.get("InstanceIds", []), request.get("Filters", []))
        if running_only:
            instances = [instance for instance in instances if instance.state.value == "running"]
        return page(instances, request.get("NextToken"), int(size or PAGE_BOUNDS[-1]), "InvalidNextToken")

    def _tags_of(self, resource: str) -> dict[str, str] | None:
        if resource.startswith("lt-"):
            return self.ec2.templates.find(resource, None).tags
        if resource.startswith("i-"):
            self.ec2.instances.find([resource])
            return self.ec2.instances.tags(resource)
        return None

    @property
    def _moto(self) -> Any:
        return ec2_backends[ACCOUNT][self.ec2.network.region]


def _reservation(instance: SimulatedInstance, ec2: Ec2) -> Answer:
    return {
        "ReservationId": f"r-{instance.instance_id.removeprefix('i-')}",
        "OwnerId": ACCOUNT,
        "Instances": [ec2.instances.describe(instance)],
    }


def _status(instance: SimulatedInstance) -> Answer:
    running = instance.state.value == "running"
    checks = {"Status": "ok" if running else "not-applicable"}
    return {
        "InstanceId": instance.instance_id,
        "AvailabilityZone": instance.availability_zone,
        "InstanceState": state(instance),
        "InstanceStatus": checks,
        "SystemStatus": checks,
    }


def _deregistered(ami: Ami) -> Ami:
    return Ami(**{**vars(ami), "state": "deregistered"})


def _refuse_dry_run(request: dict[str, Any]) -> None:
    if request.get("DryRun"):
        raise dry_run()
