"""Terms that the laws of norms and directions share; notation as in `rho_v_dynamics`."""

from __future__ import annotations

from collections.abc import Callable

from .book.families import Family
from .book.terms import Terms, Value
from .kinematics import grad_fv
from .structural_lemma import PIECEWISE_LINEAR

PULL = r"\sum_n e^{-\rho y_n f(V;x_n)}\,y_n"


def family(average: bool, **more) -> Family:
    """Deep networks under the exponential loss."""
    return Family(average=average, **more)


def setting(average: bool, flow: str = "", **more) -> dict:
    """The hypotheses of this topic, as a setting says them."""
    said = {**PIECEWISE_LINEAR, "loss": "exponential", "average": average, "weight_decay": 0, **more}
    return {**said, "flow": flow} if flow else said


def front(average: bool) -> str:
    """The factor before a sum over examples, in a formula."""
    return "1/N*" if average else ""


def front_latex(average: bool) -> str:
    return r"\frac1N" if average else ""


def pull(t: Terms, what: Callable[[int], Value]) -> Value:
    """(1/N) sum_n exp(-y_n f_n) y_n what_n, or the plain sum: what descent on the exponential loss adds up."""
    return t.mean * t.sum(lambda n: t.exp(-t.y(n) * t.f(n)) * t.y(n) * what(n))


def rho_rate(t: Terms, k: int) -> Value:
    """(rho/rho_k) (1/N) sum_n exp(-rho y_n fV_n) y_n fV_n, common to all flows that move rho."""
    return t.rho / t.rho_k(k) * pull(t, t.fV)


def v_rate(t: Terms, k: int) -> Value:
    """(1/N) sum_n exp(-rho y_n fV_n) y_n (grad fV_n - V_k fV_n), common to all flows up to a positive factor."""
    return pull(t, lambda n: grad_fv(t, n, k) - t.V(k) * t.fV(n))
