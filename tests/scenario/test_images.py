"""The keys of a scenario that say which images there are and which services run them."""

import pytest

from simulator.scenario.load import from_json
from simulator.scenario.model import Image
from tests.scenario.test_loading import MINIMAL, changed, complaints_about

DIGEST = "sha256:" + "a" * 64


def test_images_are_built_for_x86_64_unless_they_say_otherwise() -> None:
    both = {"image": "api:2", "architectures": ["x86_64", "arm64"], "digest": DIGEST}
    scenario = from_json({**MINIMAL, "images": [{"image": "web:1"}, both]})
    assert scenario.images == (Image("web:1", ("x86_64",)), Image("api:2", ("x86_64", "arm64"), DIGEST))


def test_a_service_names_its_image_its_architecture_and_its_definitions_constraints() -> None:
    constraint = {"type": "memberOf", "expression": "attribute:ecs.os-type == linux"}
    said = {"image": "web:1", "cpu_architecture": "ARM64", "task_placement_constraints": [constraint]}
    (web,) = from_json({**MINIMAL, "services": [{"name": "web", **said}]}).services
    assert (web.image, web.cpu_architecture, web.task_placement_constraints) == ("web:1", "ARM64", (constraint,))


@pytest.mark.parametrize(
    ("image", "about"),
    [
        ({"architectures": ["arm64"]}, "images[0]: 'image'"),
        ({"image": "web:1", "architectures": ["amd64"]}, "images[0].architectures[0]"),
        ({"image": "web:1", "architectures": []}, "images[0].architectures"),
        ({"image": "web:1", "digest": "abc"}, "images[0].digest"),
    ],
)
def test_what_is_no_image_is_told(image: dict[str, object], about: str) -> None:
    assert any(about in line for line in complaints_about(changed("images", [image])))
