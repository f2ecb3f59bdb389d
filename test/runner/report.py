"""Counts, prints, and knows the cases that are expected to differ."""
import concurrent.futures
import os
import time
import traceback

from runner.backend import Refused


class Failed(Exception):
    """The case did not do what it should; the text says how."""


def read_deviations(path):
    """A file of lines "id reason": cases that differ, and why."""
    reasons = {}
    if path and os.path.exists(path):
        with open(path, encoding='utf-8') as f:
            for line in f:
                line = line.strip()
                if line and not line.startswith('#'):
                    name, _, reason = line.partition(' ')
                    reasons[name] = reason.strip()
    return reasons


def each(items, work, jobs):
    """Call work(item) for all items, some at a time; lines about those that died."""
    broken = []

    def attempt(item):
        try:
            work(item)
        except Exception:
            broken.append('FAIL %s: %s' % (item, traceback.format_exc(limit=5)))

    with concurrent.futures.ThreadPoolExecutor(max(1, jobs)) as pool:
        list(pool.map(attempt, items))
    return broken


def run_all(items, work, jobs, deviations, verbose=False):
    """Call work(item) for (name, item) pairs, some at a time.

    Prints each failure, and last "N passed, N failed". An item that is listed
    as a deviation must fail: one that passes is no deviation any more, and
    counts as failed. Returns the exit status.
    """
    begin = time.time()
    passed = failed = 0

    def attempt(name, item):
        try:
            work(item)
            return name, None
        except (Failed, Refused) as e:
            return name, str(e)
        except Exception:
            return name, traceback.format_exc(limit=5)

    with concurrent.futures.ThreadPoolExecutor(max(1, jobs)) as pool:
        futures = [pool.submit(attempt, name, item) for name, item in items]
        for future in concurrent.futures.as_completed(futures):
            name, error = future.result()
            known = deviations.get(name)
            if known is not None and error is None:
                error = 'listed as a deviation (%s), but it passes' % known
            elif known is not None:
                error = None
            if error is None:
                passed += 1
                if verbose:
                    print('ok   %s' % name, flush=True)
            else:
                failed += 1
                print('FAIL %s: %s' % (name, error), flush=True)
    print('%d passed, %d failed (%.0f s)' % (passed, failed, time.time() - begin), flush=True)
    return 1 if failed or not passed else 0
