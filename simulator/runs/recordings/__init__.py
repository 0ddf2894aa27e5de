"""What an account answers while a rollout runs, in a folder, and where the simulated region answers otherwise.

The folder has the form of the recordings that `rollout parity` replays: `executions/*.json` and `api_answers.json`.
Recorded is what can be seen from outside with an operator's credentials: the execution with its history, and what
`looks` reads of the cluster before, meanwhile and after. What the functions themselves ask and get is not seen: their
answers are in the history, the rest of it in no log that has answers (CloudTrail keeps none of calls that only read).
"""
