"""Actions: what a name stands for, and what a running call knows of itself."""
from __future__ import annotations

import contextvars
import inspect
import threading
from dataclasses import dataclass, field
from typing import Any, Callable, Optional

from .driver import to_json

_current: contextvars.ContextVar['Call'] = contextvars.ContextVar('mistral_call')
_registered: dict[str, 'Action'] = {}


class ActionError(Exception):
    """Fails the action; the value (any JSON) is what the task sees as its result."""

    def __init__(self, value: Any) -> None:
        super().__init__(value)
        self.value = value


class Cancelled(Exception):
    """Raised by Call.check() when nobody waits for the action any more."""


@dataclass
class Action:
    """A function under the name by which workflows call it.

    input is what the function takes in mistral's notation, "a, b=1"; None: anything.
    is_sync false: the function starts something, and its result comes from elsewhere
    by mistral.complete_action().
    """
    name: str
    run: Callable[..., Any]
    description: Optional[str] = None
    input: Optional[str] = None
    is_sync: bool = True
    tags: list = field(default_factory=list)

    def announcement(self) -> dict:
        """Return what register_executor() is told of the action."""
        told = {'name': self.name, 'description': self.description, 'input': self.input,
                'is_sync': self.is_sync, 'tags': self.tags}
        return {member: value for member, value in told.items() if value is not None}


def signature_of(function: Callable) -> Optional[str]:
    """Return the parameters of a function as "a, b=1", or None when it takes any."""
    parts = []
    for p in inspect.signature(function).parameters.values():
        if p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL):
            return None
        if p.kind is p.POSITIONAL_ONLY:
            raise TypeError('parameter "%s" of %s must be passed by name: workflows name what they pass'
                            % (p.name, function.__qualname__))
        parts.append(p.name if p.default is p.empty else '%s=%s' % (p.name, to_json(p.default)))
    return ', '.join(parts)


def action(name: str, *, description: Optional[str] = None, is_sync: bool = True,
           tags: Optional[list] = None) -> Callable[[Callable], Callable]:
    """Make a function, sync or async, an action of this name.

    Its parameters become the action's input and its docstring the description. What
    it returns must be JSON; what it raises fails the action. Raise TypeError when the
    name is taken, or a default is not JSON.
    """
    def register(function: Callable) -> Callable:
        if name in _registered:
            raise TypeError('there is an action "%s" already' % name)
        _registered[name] = Action(name, function, description or inspect.getdoc(function),
                                   signature_of(function), is_sync, tags or [])
        return function
    return register


def registered() -> dict[str, Action]:
    """Return the actions made by @action, by name."""
    return dict(_registered)


def current() -> 'Call':
    """Return the call that the running function answers; LookupError outside of one."""
    return _current.get()


class Call:
    """One claimed action: a row of mistral.claimed_action, and whether it is to end."""

    def __init__(self, row: dict, deadline: Optional[float]) -> None:
        self.id: str = row['action_id']
        self.name: str = row['name']
        self.input: dict = row['input'] or {}
        self.token: Optional[str] = row.get('token')
        #: all else that the database says of it: execution_id, task_name, attempt ...
        self.row = row
        #: time.monotonic() at which it is given up, or None
        self.deadline = deadline
        #: set when nobody waits for it: it was cancelled or has timed out
        self.cancelled = threading.Event()
        self.is_completed = False
        self.future: Any = None

    def check(self) -> None:
        """Raise Cancelled when the action was cancelled or has timed out."""
        if self.cancelled.is_set():
            raise Cancelled(self.id)

    def complete(self, connection: Any, result: Any = None) -> None:
        """Report success in the transaction of the caller's own connection, last before its commit.

        The result counts if that transaction commits. Raise the driver's error (SQLSTATE
        MS094) when the claim has been lost, so that the transaction is rolled back.
        """
        with connection.cursor() as cursor:
            cursor.execute('SELECT mistral.complete_in_transaction(%s::uuid, %s, %s::jsonb)',
                           (self.id, self.token, to_json(result)))
        self.is_completed = True
