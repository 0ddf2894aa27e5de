"""Telling how far node groups are behind the AMI that they follow: metrics always, a message when it is news."""

from aws_lambda_powertools.metrics import MetricUnit, single_metric

from handlers.aws.ec2 import Image
from handlers.catalogue import METRICS
from handlers.domain.input.subscription import Subscription
from handlers.planning.ami_lag import ami_lags
from handlers.runtime.clients import AwsClients
from handlers.runtime.notifications import say


def report_ami_lag(subscription: Subscription, image: Image, clients: AwsClients, *, notify: bool) -> int:
    """How many node groups of the subscription are behind. `notify`: each is told to people, too."""
    late = 0
    for each in ami_lags(subscription, image, clients):
        dimensions = {"Cluster": each.cluster, "NodeGroup": each.group}
        with single_metric("DaysBehind", MetricUnit.Count, each.days, namespace=METRICS) as metric:
            for name, value in dimensions.items():
                metric.add_dimension(name, value)
        late += each.instances > 0
        if notify and each.instances:
            text = (
                f"{each.instances} of {each.of} container instances of {each.group} in cluster {each.cluster} do not "
                f"run {each.image_id}, which is {each.days:.1f} days old. The settings say to report that, and no more."
            )
            told = {"cluster": each.cluster, "group": each.group, "ami": each.image_id, "instances": each.instances}
            say(clients.messages, f"{each.group} is behind its AMI", text, "Behind", told)
    return late
