"""The actions that run_package_checks.py calls, in Python."""
import os
import sys
sys.modules[os.environ["HIDDEN"]] = None     # use the other driver
import asyncio
import logging
import time

from mistral_executor import ActionError, action, current, driver, run

logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)


@action("pk.add")
def add(a: int, b: int = 1) -> int:
    "Adds two numbers."
    return a + b


@action("pk.any")
def take_any(**given):
    return given


@action("pk.fail")
def fail(how):
    if how == "error":
        raise ValueError("no such thing")
    if how == "value":
        raise ActionError({"code": 7})
    if how == "exit":
        raise SystemExit
    return {"nan": float("nan"), "object": object(), "nul": "a\0b", "none": None}[how]


@action("pk.sleep")
async def sleep(seconds, mark=None):
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        open(mark, "w").close()
        raise
    return current().row["task_name"]


@action("pk.look")
def look(mark):
    while not current().cancelled.wait(0.02):
        pass
    open(mark, "w").close()
    current().check()


@action("pk.order", is_sync=False)
def order():
    pass


@action("pk.book")
def book(how):
    db = driver.driver.connect("")
    with db.cursor() as cursor:
        cursor.execute("INSERT INTO pk_ledger VALUES (%s)", (how,))
    if how == "late":
        time.sleep(2)
        current().cancelled.wait(30)
    current().complete(db, {"booked": how})
    db.rollback() if how == "forgotten" else db.commit()
    db.close()


run(name="pk", concurrency=8, lease=6)
