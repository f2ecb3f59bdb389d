"""Counters of the server around a measurement."""
import os
import time

TICK = os.sysconf('SC_CLK_TCK')


def process_ticks(pid, with_children=False):
    """CPU of a process so far, in clock ticks."""
    try:
        with open('/proc/%d/stat' % pid, encoding='utf-8', errors='replace') as f:
            fields = f.read().rpartition(')')[2].split()
    except OSError:
        return 0
    ticks = int(fields[11]) + int(fields[12])
    if with_children:
        ticks += int(fields[13]) + int(fields[14])
    return ticks


def children_of(pid):
    for name in os.listdir('/proc'):
        if name.isdigit():
            try:
                with open('/proc/%s/stat' % name, encoding='utf-8', errors='replace') as f:
                    if int(f.read().rpartition(')')[2].split()[1]) == pid:
                        yield int(name)
            except OSError:
                continue


def memory_kb(pid, reset=False):
    """The most private memory of a process since the last reset, in kB."""
    if reset:
        with open('/proc/%d/clear_refs' % pid, 'w', encoding='ascii') as f:
            f.write('5')
    with open('/proc/%d/status' % pid, encoding='ascii') as f:
        fields = dict(line.split(':', 1) for line in f)

    def kb(name):
        return int(fields[name].split()[0])
    return kb('VmHWM') - kb('RssShmem') - kb('RssFile')


class Meter:
    """What a span of time cost the server, per task."""

    def __init__(self, connection):
        self.connection = connection
        self.postmaster = int(self.value(
            "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)"))
        self.has_walinspect = self.value(
            "SELECT count(*) FROM pg_extension WHERE extname = 'pg_walinspect'") == 1

    def value(self, query, *args):
        with self.connection.cursor() as cursor:
            cursor.execute(query, args)
            return cursor.fetchone()[0]

    def cpu_ticks(self):
        return process_ticks(self.postmaster, True) + sum(
            process_ticks(pid) for pid in children_of(self.postmaster))

    def begin(self):
        self.value('SELECT pg_stat_statements_reset()')
        self.lsn = self.value('SELECT pg_current_wal_insert_lsn()')
        self.ticks = self.cpu_ticks()
        self.time = time.time()

    def end(self, tasks, seconds=None):
        """The figures since begin(), divided by the number of tasks."""
        seconds = seconds or time.time() - self.time
        ticks = self.cpu_ticks() - self.ticks
        lsn = self.value('SELECT pg_current_wal_insert_lsn()')
        figures = {
            'tasks': tasks,
            'seconds': round(seconds, 3),
            'tasks_per_s': round(tasks / seconds, 1),
            'wal_bytes': round(float(self.value('SELECT %s::pg_lsn - %s::pg_lsn', lsn, self.lsn)) / tasks, 1),
            'statements': round(float(self.value(
                "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE toplevel"
                " AND query !~* '^(SELECT pg_|BEGIN|COMMIT|SET|LISTEN)'")) / tasks, 3),
            'server_us': round(ticks / TICK * 1e6 / tasks, 1),
        }
        if self.has_walinspect:
            figures['commits'] = round(self.commits(self.lsn, lsn) / tasks, 3)
        return figures

    def commits(self, begin, end):
        """Transactions that wrote a commit record, the asynchronous ones too."""
        while not self.value('SELECT pg_current_wal_flush_lsn() >= %s', end):
            time.sleep(0.01)
        return int(self.value(
            "SELECT coalesce(sum(count), 0) FROM pg_get_wal_stats(%s, %s, true)"
            " WHERE \"resource_manager/record_type\" LIKE 'Transaction/COMMIT%%'", begin, end))
