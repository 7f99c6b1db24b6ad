"""The words of the formula language, each written down once."""

from __future__ import annotations

LAYERED = ("W", "V", "rho", "lam")
PER_EXAMPLE = ("x", "y", "f", "fV")
INDEXED = LAYERED + PER_EXAMPLE

# bare words and what they stand for
CONSTANTS = {
    "K": "number of layers",
    "N": "number of examples",
    "t": "time",
    "rho": "product of all layer norms",
    "L": "loss",
    "margin": "min over n of y_n f(V; x_n)",
    "decay": "the setting's weight decay",
    "p": "degree of the power activation",
    "pi": "the number pi",
    "X": "N x d matrix of inputs",
    "Y": "targets",
    "min_norm": "minimum-norm interpolant pinv(X) Y",
    "max_margin": "largest min_n y_n w.x_n over unit w",
    "svm": "the unit w that attains max_margin",
}

# word: (least, most) number of arguments
FUNCTIONS = {
    "exp": (1, 1),
    "log": (1, 1),
    "sqrt": (1, 1),
    "abs": (1, 1),
    "li": (1, 1),
    "sign": (1, 1),
    "softmax": (1, 1),
    "onehot": (1, 1),
    "pre": (2, 2),
    "gate": (2, 2),
    "act": (1, 1),
    "act1": (1, 1),
    "act2": (1, 1),
    "pinv": (1, 1),
    "null_projector": (1, 1),
    "dot": (2, 2),
    "norm": (1, 1),
    "outer": (2, 2),
    "eye": (1, 1),
    "vec": (1, 1),
    "tr": (1, 1),
    "zeros_like": (1, 1),
    "diag": (1, 1),
    "row": (2, 2),
    "col": (2, 2),
    "entry": (2, 3),
    "rows": (1, 1),
    "cols": (1, 1),
    "rank": (1, 1),
    "nullity": (1, 1),
    "eigmin": (1, 1),
    "eigmax": (1, 1),
    "distinct": (1, 1),
}

SPECTRAL = ("rank", "nullity", "eigmin", "eigmax", "distinct")
REDUCTIONS = ("sum", "prod", "min", "max")
DERIVATIVES = ("grad", "hess", "d", "d_gradient", "d_constrained", "d_fixed_rho", "d_weight_norm")
FLOW_OF_RATE = {
    "d": None,
    "d_gradient": "gradient",
    "d_constrained": "constrained",
    "d_fixed_rho": "fixed-rho",
    "d_weight_norm": "weight-norm",
}
RATE_OF_FLOW = {flow: name for name, flow in FLOW_OF_RATE.items()}
LOGIC = {"implies": 2, "iff": 2, "somewhere": 1, "generically": 1}
ALONG = {
    "conserved": 1,
    "nondecreasing": 1,
    "nonincreasing": 1,
    "diverges": 1,
    "converges": 1,
    "bounded": 1,
    "asymptotic": 2,
    "outgrows": 2,
    "independent_of_start": 1,
}

EVERY_WORD = frozenset((*INDEXED, *CONSTANTS, *FUNCTIONS, *REDUCTIONS, *DERIVATIVES, *LOGIC, *ALONG, "limit"))
