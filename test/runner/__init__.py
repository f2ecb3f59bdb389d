"""Runs the recorded cases of test/cases against a server.

A case is a list of steps on definitions and executions, and the looks that
the reference took at them. A back-end (rest, sql) performs the steps and
fetches; the modules here play the case, reduce what is not stable, and
compare. test/cases/README.md describes the files.
"""
