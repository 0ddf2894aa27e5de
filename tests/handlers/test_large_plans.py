"""The plan of a cluster with very many services still fits into one item of the table (400 KB)."""

import zlib
from dataclasses import replace

from handlers.domain.input.strategy_input import BlueGreen
from handlers.domain.model.progress import Progress, StageProgress
from handlers.domain.strategies import blue_green
from handlers.store.rollouts import Saved, as_json
from tests.decisions.parts import with_fields
from tests.decisions.test_placements import WEB
from tests.handlers.conftest import NEW, OLD, Open

SERVICES = 2000


def test_two_thousand_services_fit_and_read_back_equal(stage: Open) -> None:
    rehearsal = stage().locked()
    services = [replace(WEB, name=f"service-{number:05}") for number in range(SERVICES)]
    plan = with_fields(rehearsal.plan, rollout_id="large", moves=blue_green.moves(BlueGreen(), services, OLD, NEW))
    deployments = {one.name: f"ecs-svc/{number:019}" for number, one in enumerate(services)}
    progress = Progress(stage=StageProgress(deployments=deployments))
    table = rehearsal.stage.clients.rollouts
    table.save_plan(plan, progress, {})
    assert table.load("large") == Saved(plan, progress, "large", {})
    assert len(zlib.compress(as_json(plan).encode())) + len(as_json(progress)) < 300_000
