"""How norms grow on one example: K layers of equal norm, the exponential loss.

About: what memo Sec. 14 integrates. With q = f~ rho^K (rho the norm of each layer) and R = e^q,

    dR/dt = K f~^(2/K) (log R)^(2-2/K),        s = K f~^(2/K) t:   s(q) = int_{q0}^{q} e^u u^(2/K-2) du,

so s is e^q for K = 1, li(e^q) for K = 2, li(e^q) - e^q/q for K -> infinity, each up to its value at q0.

Notation: q0 = 1, f~ = 1, so that every layer starts with norm 1 and the product of the norms is q. Times are log10 s;
a flow in W is reported at the log10 of K t.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np

from ..flows.setting import FlowSetting
from ..flows.smooth import smooth_flow
from . import rounded

DEPTHS = (1, 2, 3, 5, math.inf)
SHORT, LONG = 4.0, 1000.0  # log10 s where the two panels of the memo, and the one of the limit, end
WIDTH = 3  # of the hidden layers of the flows
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(40)
_RANGE = 45.0  # e^-45 is below rounding


def log_time(q: np.ndarray, depth: float, start: float = 1.0) -> np.ndarray:
    """log s(q) for q > start >= 1, exact to rounding however large q is.

    s = e^q int_0^{q - start} e^(-v) (q - v)^(-beta) dv with beta = 2 - 2/K: panels of a Gauss rule in v, of which those
    beyond v = 45 add nothing that a float can hold.
    """
    q = np.asarray(q, float)
    beta = 2.0 - 2.0 / depth
    reach = np.minimum(q - start, _RANGE)
    total = np.zeros_like(q)
    for low, high in pairwise(np.linspace(0.0, 1.0, 13) ** 2):
        half = 0.5 * (high - low) * reach
        v = 0.5 * (high + low) * reach + half * _NODES[:, None]
        total += half * (_WEIGHTS[:, None] * np.exp(-v) * (q - v) ** (-beta)).sum(0)
    return q + np.log(total)


def product_at(log10_s: np.ndarray, depth: float) -> np.ndarray:
    """q = f~ rho^K at given times: `log_time` inverted by bisection."""
    wanted = np.asarray(log10_s, float) * math.log(10)
    low, high = np.full_like(wanted, 1.0 + 1e-12), 2.0 * np.maximum(wanted, 0.0) + 50.0
    for _ in range(200):
        middle = 0.5 * (low + high)
        late = log_time(middle, depth) >= wanted
        low, high = np.where(late, low, middle), np.where(late, middle, high)
    return 0.5 * (low + high)


def flow_norms(depth: int, log10_t: np.ndarray, width: int = WIDTH) -> np.ndarray:
    """Norms (n, K) along the gradient flow of a linear network from layers of norm 1 that the example excites fully.

    W_k = u_{k+1} u_k^T with unit vectors u and u_1 = x, so that f~ = 1 at all times.
    """
    widths = (width + 1, *[width] * (depth - 1), 1)
    units = [np.arange(1.0, w + 1) / np.linalg.norm(np.arange(1.0, w + 1)) for w in widths]
    start = [np.outer(above, below) for below, above in pairwise(units)]
    setting = FlowSetting(widths, units[0][None], np.array([1.0]), "exponential", "linear", average=False)
    found = smooth_flow(setting, start, float(log10_t[-1]), at=list(log10_t[:-1]), samples=4)
    if found.status != "finished":
        raise RuntimeError(f"the flow of {depth} layers is {found.status}")
    index = [int(np.argmin(np.abs(found.log10_t - t))) for t in log10_t]
    return found.norms[index]


def norm_growth() -> dict[str, Any]:
    """Curves from the closed form, points from flows, and the equation with the memo's factor K^2 for the deepest."""
    short = np.linspace(-0.5, SHORT, 91)
    long = np.geomspace(1.0, LONG, 61)
    finite = [int(k) for k in DEPTHS if math.isfinite(k)]
    # with K^2 for K the same curve is run through K times as fast
    printed = product_at(short + math.log10(finite[-1]), finite[-1])
    return {
        "short": rounded(short),
        "long": rounded(long),
        "curves": [_curve(depth, short, long) for depth in DEPTHS],
        "flows": [_flow(depth) for depth in finite],
        "printed": {"layers": finite[-1], "product": rounded(printed)},
    }


def _curve(depth: float, short: np.ndarray, long: np.ndarray) -> dict[str, Any]:
    early = product_at(short, depth)
    return {
        "layers": int(depth) if math.isfinite(depth) else None,
        "product": rounded(early),
        "layer": rounded(early ** (1.0 / depth)),
        "ratio": rounded(product_at(long, depth) / (long * math.log(10))),
    }


def _flow(depth: int) -> dict[str, Any]:
    early, late = np.arange(0.0, SHORT + 0.1, 0.5), 10.0 ** np.arange(0.5, 3.1, 0.5)
    shift = math.log10(depth)
    norms = flow_norms(depth, np.concatenate([early, late[late > SHORT]]) - shift)
    product, times = norms.prod(axis=1), np.concatenate([early, late[late > SHORT]])
    return {
        "layers": depth,
        "log10_s": rounded(times),
        "product": rounded(product),
        "layer": rounded(norms[:, -1]),
        "ratio": rounded(product / np.where(times > 0, times * math.log(10), np.nan)),
    }
