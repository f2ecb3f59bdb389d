"""Run actions of mistral workflows in Python, and start and await workflows.

    from mistral_executor import action, run

    @action("my.add")
    def add(a: int, b: int = 1) -> int:
        "Adds two numbers."
        return a + b

    run()
"""
from .actions import Action, ActionError, Call, Cancelled, action, current
from .client import Client, Execution, WorkflowError
from .executor import Executor, run

__all__ = ['Action', 'ActionError', 'Call', 'Cancelled', 'Client', 'Execution', 'Executor',
           'WorkflowError', 'action', 'current', 'run']
