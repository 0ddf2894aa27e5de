"""Needs a human: the rollout can go neither forward nor back. Say what is left, then fail."""

from dataclasses import dataclass

from aws_cdk import aws_stepfunctions as sfn

from handlers import catalogue
from handlers.errors import NotToldYet
from workflow.tasks import Tasks


@dataclass(frozen=True)
class NeedsAHuman:
    """The end that a person has to finish; `entrance` says before what is left."""

    entrance: sfn.State
    end: sfn.Fail


def needs_a_human(tasks: Tasks) -> NeedsAHuman:
    """Report remaining work, and where even that fails, say what failed."""
    name_it = tasks.report(catalogue.REPORT_REMAINING_WORK, tries=sfn.JsonPath.number_at("$$.State.RetryCount"))
    tasks.again_for_half_an_hour(name_it, NotToldYet.__name__)
    failure = "$.unnamed"
    unnamed = sfn.Pass(
        tasks.scope,
        catalogue.REMAINING_WORK_UNREAD.back,
        parameters={
            "status": "needs-a-human",
            "error": sfn.JsonPath.string_at(f"{failure}.Error"),
            "cause": sfn.JsonPath.string_at(f"{failure}.Cause"),
        },
        result_path="$.report",
    )
    end = sfn.Fail(tasks.scope, catalogue.NEEDS_A_HUMAN.back, error_path="$.report.error", cause_path="$.report.cause")
    name_it.add_catch(unnamed, errors=["States.ALL"], result_path=failure)
    name_it.next(end)
    unnamed.next(end)
    return NeedsAHuman(name_it, end)
