"""The topics of derivations, in the order in which the book tells them.

`verify.claim.TOPICS` has the same fifteen for claims; a test compares the two.
"""

ABOUT_ALL = ("reductions", "bounds")  # of no one topic; they stand in this room
TOPICS = (
    "structural_lemma",
    "rho_v_dynamics",
    "hessians",
    "norm_growth",
    "margins",
    "linear_networks",
    "nonseparable",
    "discretization",
    "approximation",
    "early_stopping",
    "square_loss",
    "stationarity",
    "cross_entropy",
    "conjugacy",
    "real_data",
)
MODULES = (*ABOUT_ALL, *TOPICS)
