"""Actions written for mistral-lib, found by their entry points "mistral.actions"."""
from __future__ import annotations

import datetime
import fnmatch
import json
import uuid
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from .actions import Action, ActionError, Cancelled, current, signature_of


def _context() -> Any:
    """Return what mistral-lib tells an action of where it runs."""
    from mistral_lib.actions import context
    row = current().row
    execution = context.ExecutionContext(
        workflow_execution_id=row['execution_id'], task_execution_id=row['task_id'],
        action_execution_id=row['action_id'], workflow_name=row['workflow_name'], task_id=row['task_id'])
    return context.ActionContext(context.SecurityContext(project_id=row['project_id']), execution)


def _primitive(value: Any) -> Any:
    """Return the form in JSON of what has none of its own, as OpenStack's services give it."""
    if isinstance(value, (bytes, bytearray)):
        return value.decode('utf-8', 'replace')
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, (set, frozenset)):
        return list(value)
    if isinstance(value, uuid.UUID):
        return str(value)
    raise TypeError('Object of type %s is not JSON serializable' % type(value).__name__)


def _plain(value: Any) -> Any:
    """Return a result, or an error, as JSON: plug-ins may return bodies of answers as bytes."""
    return json.loads(json.dumps(value, default=_primitive))


def _runner(cls: type) -> Any:
    def run(**parameters: Any) -> Any:
        result = cls(**parameters).run(_context())
        if not hasattr(result, 'is_success'):       # a plain value
            return _plain(result)
        if result.is_cancel():
            raise Cancelled(current().id)
        if result.is_error():
            raise ActionError(_plain(result.error))
        return _plain(result.data)
    return run


def _load(point: EntryPoint) -> type:
    """Load the class of an action.

    The modules of Mistral itself import one another in a circle, and from release 20 on
    it cannot be entered by those of the actions.
    """
    if point.value.startswith('mistral.'):
        import_module('mistral.db.v2.api')
    return point.load()


def plugins(*patterns: str) -> list[Action]:
    """Return the actions of installed packages whose names match a pattern, as "my.*".

    Raise ImportError when a package cannot be loaded, and ValueError for a pattern
    that matches none.
    """
    points = entry_points()
    found = points.select(group='mistral.actions') if hasattr(points, 'select') else points['mistral.actions']
    chosen = {}
    for pattern in patterns:
        names = [p for p in found if fnmatch.fnmatchcase(p.name, pattern)]
        if not names:
            raise ValueError('no installed package has an action "%s"' % pattern)
        chosen.update((p.name, p) for p in names)
    actions = []
    for name, point in sorted(chosen.items()):
        cls = _load(point)
        takes = signature_of(cls) if cls.__init__ is not object.__init__ else ''
        actions.append(Action(name, _runner(cls), (cls.__doc__ or '').strip() or None, takes,
                              is_sync=cls.is_sync(cls) if callable(cls.is_sync) else True))
    return actions
