"""Many claims: worker processes, interruption, progress, results that are kept.

session.py     a run over a book of claims
executors.py   worker processes
interrupts.py  Ctrl-C, kept back while libraries load
progress.py    the lines that a run prints
store.py       results in one folder, written atomically
mutate.py      false variants of every statement, and how many are caught
"""
