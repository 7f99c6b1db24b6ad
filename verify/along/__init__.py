"""Statements about whole trajectories: limits, rates, independence of the start.

simulate.py     starts are run, and each run agrees, contradicts or cannot tell
starts.py       which starts, random and adversarial
after.py        from when on a statement speaks
course.py       a start's two runs, as series of terms over log t
outcome.py      what runs say of a statement
predicates.py   what each predicate asks of terms
theorems.py     what a theorem proves
witness.py      rational starts whose exact fate refutes a statement, and their replay
certifier.py    whether the fate of a start contradicts a statement
tendency.py     what a term tends to, by values and rates
passing.py      starts along which a quantity moves the wrong way, enclosed at two times
fates/          trajectories whose end is known exactly, a module a kind
resting.py      candidates at rest
rays.py         candidates on rays
grouped.py      candidates whose gates stand for ever, or do so once an example is lost
tally.py        what starts say, counted
symmetry.py     starts that a symmetry takes to another one
"""

from .simulate import simulate_along
from .theorems import decide_along
from .witness import refute_along, refute_passing, replay_along

__all__ = ["decide_along", "refute_along", "refute_passing", "replay_along", "simulate_along"]
