"""Where a box is left because another execution goes on: it was handed over there, or has to be after a deployment.

Its end is red, because green says that everything is new; and it is no failure: neither the rule that hears of failed
executions nor an alarm minds it.
"""

from dataclasses import dataclass

from aws_cdk import aws_stepfunctions as sfn

from handlers import catalogue
from handlers.errors import HandedOver, NotHandedOver, PayloadOfAnotherVersion
from workflow.phases.needs_a_human import NeedsAHuman
from workflow.tasks import Tasks


@dataclass(frozen=True)
class HandOver:
    """The Task that hands over after a deployment, and the end of an execution that handed over.

    What a box catches stands at the path from then on; why a rollout was turned back is in the table.
    """

    after_deployment: sfn.TaskStateBase
    end: sfn.Fail
    failure_path: str

    def catch(self, box: sfn.Parallel) -> None:
        """Lead there from a box."""
        box.add_catch(self.end, errors=[HandedOver.__name__], result_path=self.failure_path)
        box.add_catch(self.after_deployment, errors=[PayloadOfAnotherVersion.__name__], result_path=self.failure_path)


def hand_over(tasks: Tasks, human: NeedsAHuman, failure_path: str) -> HandOver:
    """Both, of either direction. Where no other execution could be started, a human has to."""
    end = sfn.Fail(
        tasks.scope,
        catalogue.HANDED_OVER.forward,
        error_path=f"{failure_path}.Error",
        cause_path=f"{failure_path}.Cause",
    )
    said = {key: sfn.JsonPath.string_at(f"$.Payload.{key.lower()}") for key in ("Error", "Cause")}
    task = tasks.call(
        catalogue.HAND_OVER_AFTER_DEPLOYMENT,
        payload={**tasks.payload(), "state": sfn.JsonPath.object_at("$")},
        result_selector=said,
        result_path=failure_path,
    )
    tasks.again_for_half_an_hour(task, NotHandedOver.__name__)
    task.next(end)
    task.add_catch(human.entrance, errors=["States.ALL"], result_path=failure_path)
    return HandOver(task, end, failure_path)
