"""Trajectories of smooth networks, from t = 0 to log10 t of 10^12 and more.

About: the flow of a differentiable loss, in a clock in which nothing under- or overflows.

Notation: w weights (p,); Phi = log L (square loss: L); s clock with ds = L dt (square loss: dt); G = -dPhi/dw;
F = M G with the flow's metric M; T = log(1 + t); tau = (1 + t) L.

    gradient        dW_k/ds = G_k
    constrained     dW_k/ds = V_k V_k.G_k + rho_k^2 (G_k - V_k V_k.G_k)      (weight-norm from |v_k| = 1: the
    same curve) fixed-rho       dW_k/ds = rho_k^2 (G_k - V_k V_k.G_k)
    d tau/ds = 1 - tau G.F,     T = log tau - Phi

tau obeys a linear equation and tends to 1/(G.F): time comes out of the run with the relative accuracy of the
solver, however large it is. The system is autonomous and its Jacobian is closed-form; steps are Rosenbrock
(rosenbrock.py); after each step the quadratic invariants are restored (invariants.py); a linear network runs
in anchored coordinates (coordinates.py).

Errors: local error a step `rtol`, relative to each layer's norm and to log t (absolute below log t = 1), and
absolute in the loss-weighted slack; late flows contract, so global errors are of the same order. Lower rtol to
measure them.
"""

from collections.abc import Sequence

import numpy as np

from .coordinates import choose_coordinates
from .run import Progress, Run, integrate
from .setting import FlowSetting
from .system import FlowSystem
from .trajectory import Trajectory


def smooth_flow(
    setting: FlowSetting,
    start: Sequence[np.ndarray],
    log10_t: float,
    at: Sequence[float] = (),
    rtol: float = 1e-6,
    samples: int = 200,
    max_steps: int = 20000,
    progress: Progress | None = None,
) -> Trajectory:
    """Integrates the setting's flow from W_1, ..., W_K (`start`) at t = 0 to the given log10 t.

    `at`: values of log10 t at which a sample is wanted exactly (the end always is one); `samples` bounds the
    others kept; `progress` is called with log10 t after each step. Ctrl-C ends the run with status
    "interrupted" and all samples so far.
    """
    with np.errstate(all="ignore"):  # the start itself may overflow; it is then refused by the first step
        coordinates, inner = choose_coordinates(setting, start)
        run = Run(FlowSystem(setting, coordinates), inner, rtol)
    return integrate(run, [*at, log10_t], samples, max_steps, progress)
