"""Which image a container runs: the digest that its tag meant when the deployment began.

All tasks of a deployment run the same image, also those that are started after the tag was moved; the next deployment,
a forced one too, resolves the tag anew (botocore, `ContainerImage` and `ContainerDefinition.versionConsistency`;
developer guide, "Container image resolution"). ECS learns the digest from the deployment's first task, here it is read
when the deployment begins. RunTask resolves for each task, and so does a container whose `versionConsistency` is
disabled. DescribeTasks shows `image` as the definition names it (AWS's containers blog on software version
consistency, note of September 2024).
"""

from simulator.aws.container_images import ContainerImages
from simulator.aws.ecs.state import Deployment, Task, TaskDefinition


def resolved(
    images: ContainerImages, definition: TaskDefinition, deployment: Deployment | None = None
) -> dict[str, str]:
    """By container name, the digest of its image: that of the deployment where it counts, else what the tag means."""
    containers = {container["name"]: container for container in definition.request["containerDefinitions"]}
    newest = {name: images.digest(one.get("image", "")) for name, one in containers.items()}
    if deployment is None:
        return newest
    loose = {name for name, one in containers.items() if one.get("versionConsistency") == "disabled"}
    return {name: newest[name] if name in loose else deployment.digests[name] for name in containers}


def runs_on(images: ContainerImages, task: Task, architecture: str) -> bool:
    """Whether its images are built for that architecture; elsewhere a container exits at once ("exec format error")."""
    containers = task.task_definition.request["containerDefinitions"]
    return all(
        images.runs_on(container.get("image", ""), task.digests[container["name"]], architecture)
        for container in containers
    )
