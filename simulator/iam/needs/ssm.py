"""AWS Systems Manager: parameters by name, or by the path that they lie under."""

from collections.abc import Iterator

from simulator.iam.needs.need import Need, Needs, Place, Request

PUBLIC = "/aws/service/"


def parameter_arn(name: str, place: Place) -> str:
    """Of a parameter's name, whatever version or label it asks for; AWS's public ones belong to no account."""
    if name.startswith("arn:"):
        return name
    bare = name.partition(":")[0]
    return place.arn("ssm", f"parameter/{bare.removeprefix('/')}", account="" if bare.startswith(PUBLIC) else None)


def _on(action: str, key: str) -> Needs:
    def needs(request: Request, place: Place) -> Iterator[Need]:
        names = request[key] if isinstance(request[key], list) else [request[key]]
        yield Need(action, [parameter_arn(name, place) for name in names])

    return needs


NEEDS: dict[str, Needs] = {
    "GetParameter": _on("ssm:GetParameter", "Name"),
    "GetParameters": _on("ssm:GetParameters", "Names"),
    "GetParametersByPath": _on("ssm:GetParametersByPath", "Path"),
    "PutParameter": _on("ssm:PutParameter", "Name"),
}
