"""One face for psycopg 3 and psycopg 2, whichever is installed."""
from __future__ import annotations

import json
import select
from typing import Any, Iterable, Optional

try:
    import psycopg as driver
    VERSION = 3
except ImportError:
    import psycopg2 as driver       # type: ignore[no-redef]
    VERSION = 2

#: What a lost connection raises; errors of SQL are Error with a sqlstate.
Error = driver.Error
#: classes of SQLSTATE that pass by themselves: connection, deadlock, resources, shutdown
MOMENTARY = ('08', '40', '53', '55', '57')


def sqlstate(error: BaseException) -> str:
    """Return the SQLSTATE of an error, or '' when the server did not send one."""
    return getattr(error, 'sqlstate', None) or getattr(error, 'pgcode', None) or ''


def message(error: BaseException) -> str:
    """Return what the server said of an error, without the statement."""
    said = getattr(error, 'diag', None)
    parts = [said.message_primary, said.message_detail] if said else []
    return ': '.join(p for p in parts if p) or str(error).strip()


def is_momentary(error: BaseException) -> bool:
    """Return whether trying again may help: no SQLSTATE means a lost connection."""
    return not sqlstate(error) or sqlstate(error)[:2] in MOMENTARY


class Connection:
    """A connection in autocommit, used by one thread at a time."""

    def __init__(self, dsn: str = '', own: Any = None) -> None:
        """Connect to dsn (libpq's syntax and environment), or wrap a caller's connection."""
        self.raw = own
        if own is None:
            self.raw = driver.connect(dsn, **({'autocommit': True} if VERSION == 3 else {}))
            self.raw.autocommit = True
        self._heard = False
        if own is None and VERSION == 3:        # hears what comes along with answers
            self.raw.add_notify_handler(self._hear)

    def _hear(self, _notification: Any) -> None:
        self._heard = True

    def rows(self, sql: str, *args: Any) -> list:
        """Return the rows of a statement as tuples; %s stands for an argument."""
        with self.raw.cursor() as cursor:
            cursor.execute(sql, args or None)
            return cursor.fetchall() if cursor.description else []

    def value(self, sql: str, *args: Any) -> Any:
        """Return the first column of the first row, or None."""
        rows = self.rows(sql, *args)
        return rows[0][0] if rows else None

    def listen(self, channels: Iterable[str]) -> None:
        for channel in channels:
            self.rows('LISTEN "%s"' % channel.replace('"', '""'))

    def wait(self, timeout: Optional[float], *others: Any) -> bool:
        """Wait for a notification, for one of others to be readable, or for timeout seconds.

        Return whether a notification has come. Raise Error when the connection is lost.
        """
        if not self._notified():
            ready = select.select([self.raw, *others], [], [], timeout)[0]
            if self.raw not in ready:
                return False
        return self._notified()

    def _notified(self) -> bool:
        if VERSION == 3:
            link = self.raw.pgconn
            link.consume_input()
            while link.notifies() is not None:
                self._heard = True
            found, self._heard = self._heard, False
            return found
        self.raw.poll()
        found = bool(self.raw.notifies)
        self.raw.notifies.clear()
        return found

    def close(self) -> None:
        try:
            self.raw.close()
        except Error:
            pass


def to_json(value: Any) -> str:
    """Return value as JSON; raise TypeError or ValueError for what JSON cannot hold."""
    return json.dumps(value, allow_nan=False, ensure_ascii=False)
