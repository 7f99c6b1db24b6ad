"""Many claims: worker processes, interruption, progress, results that are kept.

session.py     a run over a book of claims
executors.py   many tasks at once
guard.py       a task in a worker process, under limits of memory and time
cluster.py     the workers of a Dask cluster
worker.py      the life of a worker process
interrupts.py  Ctrl-C
progress.py    the lines that a run prints
store.py       results in one folder, written atomically
lock.py        one writer at a time
stamp.py       whether reports are those of the results beside them
mutate.py      false variants of every statement, and how many are caught
"""
