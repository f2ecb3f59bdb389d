"""The executor: claims actions, runs them in threads or in asyncio, reports results.

The thread of run() has the connection and does what docs/executor-protocol.md asks
for. Functions run in a pool of threads, coroutines in one event loop. Results that
arrive during an exchange go with the next, so batches grow with the load.
"""
from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import functools
import inspect
import logging
import os
import select
import signal
import socket
import threading
import time
from typing import Any, Optional

from .actions import Action, ActionError, Call, Cancelled, _current, registered
from .driver import Connection, Error, is_momentary, message, sqlstate, to_json

log = logging.getLogger('mistral_executor')

LEASE_LOST = 'MS093'
LONGEST_BACKOFF = 5.0       # seconds between attempts to connect
ENDED_BY_CANCEL = (Cancelled, asyncio.CancelledError, concurrent.futures.CancelledError)


class Executor:
    """Runs actions until stop(). Arguments:

    dsn          where to connect (libpq's syntax; '' as the environment says)
    actions      Action objects; None: all that were made with @action
    name         in mistral.executors; the host's name and the process id otherwise
    target       takes tasks of this target as well
    concurrency  calls at once
    lease        seconds without a sign of life after which its actions are lost
    poll         seconds after which it looks without having been notified
    listen       False behind a pooler that gives a connection to each transaction
    """

    def __init__(self, dsn: str = '', actions: Optional[list[Action]] = None, *,
                 name: Optional[str] = None, target: str = '', concurrency: int = 10,
                 lease: float = 60, poll: float = 15, listen: bool = True) -> None:
        found = list(registered().values()) if actions is None else actions
        if not found:
            raise ValueError('there are no actions to run: make some with @action("name")')
        self.actions = {a.name: a for a in found}
        self.dsn, self.target, self.lease, self.listen = dsn, target, lease, listen
        self.name = name or '%s:%d' % (socket.gethostname(), os.getpid())
        self.concurrency = concurrency
        self.poll = poll if listen else min(poll, 1.0)
        self.id: Optional[int] = None
        self._db: Optional[Connection] = None
        self._lock = threading.Lock()
        self._running: dict[str, Call] = {}
        self._results: dict[str, str] = {}      # by id, as JSON
        self._busy = 0                          # threads and coroutines, abandoned ones too
        self._look = True                       # there may be something to claim
        self._looked = self._contact = 0.0      # when it last did; when the lease was extended
        self._backoff = 0.1
        self._stop_at: Optional[float] = None
        self._wake_in, self._wake_out = socket.socketpair()
        self._wake_in.setblocking(False)
        self._wake_out.setblocking(False)
        self._pool = concurrent.futures.ThreadPoolExecutor(concurrency, 'mistral-action')
        self._loop: Optional[asyncio.AbstractEventLoop] = None

    def run(self) -> None:
        """Run until stop() and the end of what runs.

        Raise the driver's Error for what does not pass by itself: no schema, no right.
        """
        try:
            while not self._is_finished():
                try:
                    self._step()
                except Error as e:
                    self._recover(e)
            if self._db is not None and self.id is not None:
                self._db.rows('SELECT mistral.unregister_executor(%s)', self.id)
        finally:
            self._abandon_all()
            self._pool.shutdown(wait=False)
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._loop.stop)
            if self._db is not None:
                self._db.close()

    def stop(self, grace: float = float('inf')) -> None:
        """Claim nothing more, and end when what runs has ended, or after grace seconds.

        May be called from any thread and from a signal handler.
        """
        self._stop_at = time.monotonic() + grace
        self._wake()

    # ---- the loop ----

    def _is_finished(self) -> bool:
        return self._stop_at is not None and \
            (time.monotonic() >= self._stop_at or not (self._running or self._results))

    def _step(self) -> None:
        if self._db is None:
            self._connect()
        now = time.monotonic()
        for call in list(self._running.values()):
            if call.deadline is not None and call.deadline <= now:
                self._interrupt(call, error='timed out after %s s' % call.row['timeout_s'])
        if now - self._contact >= self.lease / 3:
            self._extend_lease()
        free = 0 if self._stop_at is not None else max(0, self.concurrency - self._busy)
        if self._results or (free > 0 and (self._look or now - self._looked >= self.poll)):
            self._exchange(free)
        else:
            self._wait(free)

    def _wait(self, free: int) -> None:
        times = [self._contact + self.lease / 3]
        times += [self._looked + self.poll] if free > 0 else []
        times += [c.deadline for c in list(self._running.values()) if c.deadline is not None]
        times += [self._stop_at] if self._stop_at is not None else []
        if self._db.wait(max(0.0, min(times) - time.monotonic()), self._wake_in):
            self._look = True
        self._drain()

    def _wake(self) -> None:
        try:
            self._wake_out.send(b'x')
        except BlockingIOError:         # it is awake
            pass

    def _drain(self) -> None:
        try:
            while self._wake_in.recv(4096):
                pass
        except BlockingIOError:
            pass

    # ---- the connection ----

    def _connect(self) -> None:
        self._db = Connection(self.dsn)
        if self.id is None:
            self.id = self._db.value(
                'SELECT mistral.register_executor(%s, %s, lease => make_interval(secs => %s), announces => %s::jsonb)',
                self.name, self.target, self.lease, to_json([a.announcement() for a in self.actions.values()]))
        else:
            self._extend_lease()
            self._take_unheard()
        if self.listen:
            self._db.listen(self._db.value('SELECT mistral.executor_channels(%s)', self.id))
        self._contact = time.monotonic()
        self._look = True
        self._backoff = 0.1
        log.info('executor %s takes %s', self.id, ', '.join(self.actions))

    def _take_unheard(self) -> None:
        """Start what the lost answer to a claim has handed out."""
        for (row,) in self._db.rows('SELECT to_jsonb(a) FROM mistral.claimed_actions(%s) a', self.id):
            if row['refusal'] is None and row['action_id'] not in self._running and \
                    row['action_id'] not in self._results:
                self._start(row)

    def _recover(self, e: Error) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None
        if sqlstate(e) == LEASE_LOST:
            log.warning('the lease has ended; what ran is given up: %s', message(e))
            self._abandon_all()
            self.id = None
            return
        if not is_momentary(e):
            raise e
        log.warning('trying again in %.1f s: %s', self._backoff, message(e))
        select.select([self._wake_in], [], [], self._backoff)
        self._drain()
        self._backoff = min(2 * self._backoff, LONGEST_BACKOFF)

    def _extend_lease(self) -> None:
        row = self._db.rows('SELECT cancelled::text[] FROM mistral.extend_leases(%s)', self.id)[0]
        self._contact = time.monotonic()
        for action_id in row[0]:
            self._give_up(action_id)

    # ---- exchanges ----

    def _exchange(self, free: int) -> None:
        with self._lock:
            batch = dict(self._results)
        try:
            self._send(batch, free)
        except Error as e:
            if not batch or is_momentary(e) or sqlstate(e) == LEASE_LOST:
                raise
            self._report_singly(batch)

    def _send(self, batch: dict[str, str], free: int) -> None:
        rows = self._db.rows('SELECT to_jsonb(a) FROM mistral.exchange_actions(%s, %s::jsonb, %s) a',
                             self.id, '[%s]' % ','.join(batch.values()), free)
        self._contact = time.monotonic()
        with self._lock:
            for action_id in batch:
                del self._results[action_id]
        work = [row for (row,) in rows if row['refusal'] is None]
        for (row,) in rows:
            if row['refusal'] == 'cancelled' or row['action_id'] in self._running:
                self._give_up(row['action_id'])
            elif row['refusal'] not in (None, 'completed'):
                log.info('result of %s was not taken: %s', row['action_id'], row['refusal'])
        for row in work:
            self._start(row)
        if free > 0:
            self._look = len(work) >= free
            self._looked = self._contact

    def _report_singly(self, batch: dict[str, str]) -> None:
        """One of the results cannot be stored: it becomes a failure, the others go on."""
        for action_id, text in batch.items():
            try:
                self._send({action_id: text}, 0)
            except Error as e:
                if is_momentary(e) or sqlstate(e) == LEASE_LOST:
                    raise
                problem = 'the result cannot be stored: %s' % message(e)
                self._send({action_id: to_json({'id': action_id, 'error': problem})}, 0)

    # ---- calls ----

    def _start(self, row: dict) -> None:
        action = self.actions.get(row['name'])
        limit = row['timeout_s']
        call = Call(row, None if limit is None else time.monotonic() + limit)
        with self._lock:
            self._running[call.id] = call
        if row['is_redelivered'] and not row['safe_rerun']:
            self._end(call, error='its executor was lost, and it is not safe to be run again')
            return
        if action is None:
            self._end(call, error='executor "%s" has no action "%s"' % (self.name, call.name))
            return
        with self._lock:
            self._busy += 1
        context = contextvars.copy_context()
        context.run(_current.set, call)
        run = functools.partial(action.run, **call.input)
        if inspect.iscoroutinefunction(action.run):
            call.future = context.run(asyncio.run_coroutine_threadsafe, _await(run), self._event_loop())
        else:
            call.future = self._pool.submit(context.run, run)
        call.future.add_done_callback(functools.partial(self._done, call, action))

    def _event_loop(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            threading.Thread(target=self._loop.run_forever, name='mistral-asyncio', daemon=True).start()
        return self._loop

    def _done(self, call: Call, action: Action, future: Any) -> None:
        """Called in the thread that the call ran in."""
        with self._lock:
            self._busy -= 1
        try:
            value = future.result()
            if call.is_completed:       # refused as completed, if that is committed
                self._end(call, error='the transaction that completed it was not committed')
            elif action.is_sync:
                self._end(call, data=value)
            else:
                self._end(call, state='RUNNING')
        except ENDED_BY_CANCEL:
            self._end(call, cancel=True)
        except ActionError as e:
            self._end(call, error=e.value, state='ERROR')
        except BaseException as e:      # pylint: disable=broad-except
            log.debug('action %s %s failed', call.name, call.id, exc_info=e)
            self._end(call, error='%s: %s' % (type(e).__name__, e) if str(e) else type(e).__name__)

    def _end(self, call: Call, **report: Any) -> None:
        """Queue the report of a call, unless it has ended before."""
        try:
            text = to_json({'id': call.id, **report})
        except (TypeError, ValueError) as e:
            text = to_json({'id': call.id, 'error': 'the result of "%s" is not JSON: %s' % (call.name, e)})
        with self._lock:
            if self._running.get(call.id) is call:
                del self._running[call.id]
                self._results[call.id] = text
                log.debug('action %s %s ended', call.name, call.id)
        self._wake()

    def _interrupt(self, call: Call, **report: Any) -> None:
        """End a call from outside. A coroutine is cancelled; a thread can only look."""
        call.cancelled.set()
        self._end(call, **report)
        call.future.cancel()

    def _give_up(self, action_id: str) -> None:
        call = self._running.get(action_id)
        if call is not None:
            log.info('action %s %s is cancelled', call.name, call.id)
            self._interrupt(call, cancel=True)
        elif action_id not in self._results:
            self._results[action_id] = to_json({'id': action_id, 'cancel': True})

    def _abandon_all(self) -> None:
        for call in list(self._running.values()):
            self._interrupt(call, cancel=True)
        self._results.clear()


async def _await(run: Any) -> Any:
    return await run()


def run(dsn: str = '', actions: Optional[list[Action]] = None, **options: Any) -> None:
    """Run an Executor until SIGTERM or SIGINT, and then until what runs has ended.

    A second signal does not wait. Arguments as for Executor.
    """
    executor = Executor(dsn, actions, **options)

    def on_signal(_number: int, _frame: Any) -> None:
        executor.stop(float('inf') if executor._stop_at is None else 0)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    executor.run()
    if executor._busy > 0:              # a thread that cannot be stopped would hold up the exit
        os._exit(1)
