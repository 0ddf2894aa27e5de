"""Both modes give the same answer to the same call, word for word."""

from tests.conformance.regions import MODES, opened, refused

TOO_SHORT = "failed to satisfy constraint: Member must have length greater than or equal to 1"


def test_both_modes_say_the_same_and_name_all_that_is_wrong() -> None:
    """As Auto Scaling writes it: "2 validation errors detected: Value …"."""
    said = []
    for mode in MODES:
        with opened(mode) as region:
            request = {"AutoScalingGroupName": "", "ScalingProcesses": [""]}
            said.append(refused(region, "autoscaling", "suspend_processes", request))
    places = ("autoScalingGroupName", "scalingProcesses.1.member")
    listed = "; ".join(f"Value '' at '{place}' {TOO_SHORT}" for place in places)
    assert said == [("ValidationError", f"2 validation errors detected: {listed}")] * 2
