"""Statements about limits as the weight decay tends to 0+.

Reading: every stationary point of the loss with decay is followed as the decay shrinks to nothing, all layers' decays
by one factor; `limit(e, decay)` is the limit of e along that path. `at` says which points: `minimum` the local
minima, `stationary` every one, and where nothing is said the equilibria at which flows come to rest, so that no
layer is zero. Where `weight_decay` is 0 in the setting, the factor multiplies one decay for all layers.

ends.py       paths whose end is known exactly: one layer, and zero weights
theorems.py   what derivations prove
witness.py    rational data whose path's exact end refutes a statement, and their replay
path.py       a path's two runs, as series of terms over log(1/decay)
simulate.py   paths are followed, and each agrees, contradicts or cannot tell
"""

from .simulate import simulate_vanishing
from .theorems import decide_vanishing
from .witness import refute_vanishing, replay_vanishing

__all__ = ["decide_vanishing", "refute_vanishing", "replay_vanishing", "simulate_vanishing"]
