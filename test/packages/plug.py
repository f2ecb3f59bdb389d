"""Actions written for mistral-lib."""
from mistral_lib import actions


class Twice(actions.Action):
    "Says it twice."
    def __init__(self, text):
        self.text = text
    def run(self, context):
        return 2 * self.text


class Fail(actions.Action):
    def run(self, context):
        return actions.Result(error={"why": "because"})


class Where(actions.Action):
    def run(self, context):
        return actions.Result(data={"workflow": context.execution.workflow_name,
                                    "id": context.execution.workflow_execution_id})
