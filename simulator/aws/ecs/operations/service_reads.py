"""Reading services."""

from typing import Any

from simulator.aws.ecs import describe
from simulator.aws.ecs.context import require, short, within
from simulator.aws.ecs.control_plane import ControlPlane
from simulator.aws.ecs.paging import page

Shape = dict[str, Any]

SERVICES_PAGE = 10
"""Botocore, `ListServices`: "If this parameter isn't used, then ListServices returns up to 10 results"."""


class ServiceReads(ControlPlane):
    """DescribeServices and ListServices."""

    def describe_services(
        self, services: list[str], cluster: str | None = None, include: list[str] | None = None
    ) -> Shape:
        """The named services, deleted ones too; unknown ones are failures MISSING, with HTTP 200."""
        owner = self.context.cluster(cluster)
        require(services, "Services cannot be empty.")
        found, failures = [], []
        for reference in services:
            if state := owner.services.get(within(owner, reference)):
                found.append(describe.service(self.context, state, include or ()))
            else:
                arn = self.context.arn("service", owner.name, short(reference))
                failures.append({"arn": arn, "reason": "MISSING"})
        return {"services": found, "failures": failures}

    def list_services(
        self,
        cluster: str | None = None,
        launchType: str | None = None,
        schedulingStrategy: str | None = None,
        resourceManagementType: str | None = None,
        nextToken: str | None = None,
        maxResults: int | None = None,
    ) -> Shape:
        """ARNs of ACTIVE services; a page has ten unless asked for more."""
        found = [
            service
            for service in self.context.cluster(cluster).services.values()
            if service.status == "ACTIVE"
            and launchType in (None, service.launch_type)
            and schedulingStrategy in (None, service.scheduling_strategy)
            and resourceManagementType in (None, "CUSTOMER")  # no Express service, which ECS itself manages, is here
        ]
        shown, more = page(found, lambda service: service.order, maxResults, nextToken, default=SERVICES_PAGE)
        return {"serviceArns": [service.arn for service in shown], **more}
