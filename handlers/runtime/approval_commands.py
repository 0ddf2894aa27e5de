"""How a question is answered: by starting the same state machine with an action."""

import json

from handlers.aws.executions import machine_of


def commands(execution_id: str, cluster: str, group: str, answers: tuple[str, ...]) -> list[str]:
    """One command for each answer, from the ARN of the execution that asks; the same JSON works in the console."""
    machine = machine_of(execution_id)
    inputs = [
        {"action": answer, "cluster": cluster, "auto_scaling_group": group, "by": "your name"} for answer in answers
    ]
    return [
        f"aws stepfunctions start-execution --state-machine-arn {machine} --input '{json.dumps(each)}'"
        for each in inputs
    ]
