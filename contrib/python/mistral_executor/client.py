"""Starts and awaits workflows, also as part of the caller's own transaction."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

from .driver import Connection, to_json


class WorkflowError(Exception):
    """A workflow that was waited for has not succeeded; execution tells how it ended."""

    def __init__(self, execution: 'Execution') -> None:
        super().__init__('%s is %s: %s' % (execution.id, execution.state, execution.state_info))
        self.execution = execution


@dataclass
class Execution:
    """A workflow execution as it was when it was looked at."""
    id: str
    state: str
    state_info: Optional[str]
    output: Any


class Client:
    """Speaks to mistral over a connection of its own, or over the caller's.

    With connection (of psycopg 3 or 2) all is part of that connection's transaction:
    a workflow starts when the caller commits.
    """

    def __init__(self, dsn: str = '', connection: Any = None) -> None:
        self.db = Connection(dsn, connection)

    def start(self, workflow: str, input: Optional[dict] = None, **params: Any) -> str:
        """Start a workflow by name or id and return the execution's id.

        params are arguments of mistral.start_workflow(), as namespace or description.
        """
        names = ''.join(', %s => %%s' % name for name in params if name.isidentifier())
        values = [to_json(v) if isinstance(v, (dict, list)) else v for v in params.values()]
        return str(self.db.value('SELECT mistral.start_workflow(%s, %s::jsonb' + names + ')',
                                 workflow, to_json(input or {}), *values))

    def wait(self, execution_id: str, timeout: float = 60) -> Execution:
        """Return the execution when it has ended; raise WorkflowError when it did not succeed.

        Raise TimeoutError when it runs longer than timeout seconds.
        """
        row = self.db.value('SELECT mistral.wait_execution(%s, make_interval(secs => %s))',
                            execution_id, timeout)
        found = Execution(execution_id, row['state'], row.get('state_info'), row.get('output'))
        if found.state not in ('SUCCESS', 'ERROR', 'CANCELLED'):
            raise TimeoutError('%s is still %s' % (execution_id, found.state))
        if found.state != 'SUCCESS':
            raise WorkflowError(found)
        return found

    def run(self, workflow: str, input: Optional[dict] = None, timeout: float = 60, **params: Any) -> Any:
        """Start a workflow, wait for it as wait() does, and return its output."""
        return self.wait(self.start(workflow, input, **params), timeout).output

    def complete(self, action_id: str, result: Any = None, state: str = 'SUCCESS') -> None:
        """Give an asynchronous action its result: what the workflow has waited for has happened."""
        self.db.rows('SELECT mistral.complete_action(%s, %s, %s::jsonb)', action_id, state, to_json(result))

    def signal(self, execution_id: str, name: str, data: Any = None, key: Optional[str] = None) -> bool:
        """Send an execution a signal, which is kept until a task with wait-for takes it.

        Return False, with nothing done, when one of that name and key was sent before.
        """
        return self.db.value('SELECT mistral.signal(%s, %s, %s::jsonb, %s)', execution_id, name, to_json(data), key)

    def close(self) -> None:
        """Close the connection."""
        self.db.close()
