"""Kills a daemon's delivering part at every point, or at random, and counts at the stand-in platforms what came of it.

`child` is the process that is killed, `stage` what it plays before: platforms, clock, database, pictures. `table` goes
through every point one by one, `python -m tests.crash` takes them at random (`make crash`).
"""
