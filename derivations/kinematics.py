r"""How any motion of the layers moves their norms and directions: the kinematics behind `rho_v_dynamics`.

**Main results.** pnas20/eq14 (memo90/eq39, eq40), pnas20/rel1-dvdw and rel2-S (memo90/sec12.2-a to -e),
memo90/sec12.2-chain.

**Notation.** As in `rho_v_dynamics`; S_k m = m - <V_k, m> V_k is `tangent_part`.

**Conventions.** W_k is not zero. The derivations belong to the topic `rho_v_dynamics`.

**References.** T. Salimans, D. Kingma, Weight normalization, NIPS 2016.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from .book.derivation import Derivation, Step, definition, ring_identity, world_identity
from .book.families import Family
from .book.terms import Terms, Value
from .exact.ring import Derivation as Differentiation
from .exact.ring import Element, Ring
from .structural_lemma import PIECEWISE_LINEAR

ONE_EXAMPLE = Family(sums=0, marked=1)


def tangent_part(t: Terms, m: Value, k: int) -> Value:
    """S_k m = m - <V_k, m> V_k."""
    return m - t.V(k) * t.dot(t.V(k), m)


def grad_fv(t: Terms, n: int, k: int) -> Value:
    return t.grad(lambda t: t.fV(n), "V", k)


@dataclass(frozen=True)
class MovingLayer:
    """V, the velocity U of W, d V/dt, and rho, d rho^2/dt, <V, U>; matrices row by row."""

    v: list[Element]
    u: list[Element]
    v_rate: list[Element]
    rho: Element
    norm_rate: Element
    radial: Element


def moving_layer(rows: int = 2, columns: int = 3) -> MovingLayer:
    """A layer W with any velocity U, in letters: V, rho and their rates by the product rule, and <V, U>.

    rho^2 = |W|^2 is a relation, and its derivative rho' = <W, U>/rho comes from it.
    """
    cells = [f"{i}_{j}" for i in range(rows) for j in range(columns)]
    ring = Ring([*(f"w{c}" for c in cells), "rho", *(f"u{c}" for c in cells)], 1)
    w, u = ([ring.letter(f"{x}{c}") for c in cells] for x in "wu")
    rho = ring.letter("rho")
    norm = sum((e * e for e in w), ring.zero)
    ring.spheres[ring.position["w0_0"]] = norm.num - (rho * rho).num
    radial = sum((x * y for x, y in zip(w, u, strict=True)), ring.zero) / rho
    speeds = {ring.position[f"w{c}"]: x for c, x in zip(cells, u, strict=True)} | {ring.position["rho"]: radial}
    rate = Differentiation(ring, lambda index, _: speeds.get(index, ring.zero))
    v = [e / rho for e in w]
    return MovingLayer(v, u, [rate(e) for e in v], rho, rate(norm), radial)


def _polar_steps() -> tuple[Step, Step]:
    layer = moving_layer()
    rho, radial = layer.rho, layer.radial
    norm = ring_identity(
        "norm",
        r"\frac{d}{dt}\|W_k\|^2 = 2\rho_k\langle V_k, \dot W_k\rangle,\qquad "
        r"\dot\rho_k = \langle V_k, \dot W_k\rangle",
        layer.norm_rate,
        radial * rho + radial * rho,
        reason="The gradient of |W_k| is V_k; chain rule. The velocity is any matrix.",
    )
    turned = [(u - v * radial) / rho for u, v in zip(layer.u, layer.v, strict=True)]
    direction = ring_identity(
        "direction",
        r"\dot V_k = \frac{1}{\rho_k}\big(\dot W_k - \langle V_k,\dot W_k\rangle V_k\big) "
        r"= \frac{S_k}{\rho_k}\dot W_k",
        layer.v_rate,
        turned,
        uses=("norm", "reductions.width_lemma"),
        reason="Quotient rule for W_k / rho_k, with the rate of rho_k just found.",
    )
    return norm, direction


@cache
def rates_of_norm_and_direction() -> Derivation:
    return Derivation(
        "rho_v_dynamics.rates_of_norm_and_direction",
        "How a flow of W moves norm and direction",
        ("pnas20/eq14", "memo90/eq39", "memo90/eq40"),
        "Kinematics: whatever moves W_k, its radial part moves the norm and its tangential part, divided by the norm, "
        "turns the direction. The projector is S_k = I - v v^T with v the vectorised V_k; the memo prints I - w w^T, "
        "which is right only for |w| = 1, and calls S what PNAS calls S/rho.",
        _polar_steps(),
        "d(V[k]) == (d(W[k]) - dot(V[k], d(W[k]))*V[k])/rho[k]",
        {"k": "1..K"},
    )


@cache
def rate_of_norm() -> Derivation:
    return Derivation(
        "rho_v_dynamics.rate_of_norm",
        "The rate of a norm is the radial velocity",
        ("pnas20/eq14", "memo90/eq39"),
        "The first half of the kinematics by itself. The memo's w~ w' stands for the inner product of vectors.",
        _polar_steps()[:1],
        "d(rho[k]) == dot(V[k], d(W[k]))",
        {"k": "1..K"},
    )


@cache
def projector() -> Derivation:
    fam = Family(sums=0, marked=1, sizes=0, layers="one")

    def s(t: Terms, k: int) -> Value:
        size = t.W(k).array.size
        return t.eye(size) - t.outer(t.V(k), t.V(k))

    steps = (
        definition("S", r"S_k = I - v v^T,\qquad v = \mathrm{vec}\,V_k", reason="The projector along V_k."),
        world_identity(
            "kills",
            r"S_k w = 0",
            lambda t, k: s(t, k) @ t.W(k).flat(),
            lambda t, k: 0 * t.W(k).flat(),
            family=fam,
            uses=("S",),
            reason="w is a multiple of v, and |v| = 1.",
        ),
        world_identity(
            "square",
            r"S_k^2 = S_k",
            lambda t, k: s(t, k) @ s(t, k),
            s,
            family=fam,
            uses=("S",),
            reason="vv^T is idempotent because |v| = 1.",
        ),
        world_identity(
            "derivative",
            r"\frac{\partial v}{\partial w} = \frac{S_k}{\rho_k}",
            lambda t, k: _jacobian(t, k),
            lambda t, k: s(t, k) / t.rho_k(k),
            family=fam,
            uses=("S",),
            reason="Quotient rule for each entry of w/|w|.",
        ),
        world_identity(
            "memo-d",
            r"\|w\|\,S'^2 = S'\quad\text{for } S' = S_k/\|w\|",
            lambda t, k: t.rho_k(k) * (s(t, k) / t.rho_k(k)) @ (s(t, k) / t.rho_k(k)),
            lambda t, k: s(t, k) / t.rho_k(k),
            family=fam,
            uses=("square",),
            reason="The memo's S is the projector divided by the norm.",
        ),
        world_identity(
            "memo-e",
            r"\frac{\partial \|v\|^2}{\partial w} = 0",
            lambda t, k: t.grad(lambda t: t.dot(t.V(k), t.V(k)), "W", k),
            lambda t, k: 0 * t.W(k),
            family=fam,
            uses=("S",),
            reason="|v| is 1 everywhere.",
        ),
    )
    return Derivation(
        "rho_v_dynamics.projector",
        "The projector S",
        (
            "pnas20/rel1-dvdw",
            "pnas20/rel2-S",
            "memo90/sec12.2-a",
            "memo90/sec12.2-b",
            "memo90/sec12.2-c",
            "memo90/sec12.2-d",
            "memo90/sec12.2-e",
        ),
        "Two conventions: in PNAS S = I - vv^T with dv/dw = S/rho and S^2 = S; in the memo S = dw~/dw itself, so that "
        "|w| S^2 = S. The memo prints I - ww^T in the numerator; it must be I - w~ w~^T (its (43) has that form). On "
        "matrices the projector has rank r_k c_k - 1, not full rank.",
        steps,
        "(eye(rows(W[k])*cols(W[k])) - outer(vec(V[k]), vec(V[k]))) @ vec(W[k]) == zeros_like(vec(W[k]))",
        {"k": "1..K"},
        dict(PIECEWISE_LINEAR),
    )


def _jacobian(t: Terms, k: int) -> Value:
    """d vec(V_k) / d vec(W_k), row by row."""
    r, c = t.world.shapes[k - 1]

    def row(i: int, j: int) -> Value:
        return t.grad(lambda t: t.entry(t.V(k), i, j), "W", k).flat()

    return t.stack([row(i, j) for i in range(1, r + 1) for j in range(1, c + 1)])


@cache
def split_of_the_gradient() -> Derivation:
    split = world_identity(
        "split",
        r"\frac{\partial f(W;x_n)}{\partial W_k} = \frac{\rho}{\rho_k}\Big(V_k f(V;x_n) + "
        r"S_k\frac{\partial f(V;x_n)}{\partial V_k}\Big)",
        lambda t, k: t.grad(lambda t: t.f(1), "W", k),
        lambda t, k: t.rho / t.rho_k(k) * (t.V(k) * t.fV(1) + tangent_part(t, grad_fv(t, 1, k), k)),
        family=ONE_EXAMPLE,
        uses=("structural_lemma.gradients_by_w_and_v", "structural_lemma.euler_identity"),
        reason="By Euler the radial part of the gradient by V_k is f(V).",
    )
    return Derivation(
        "rho_v_dynamics.split_of_the_gradient",
        "Radial and tangential part of the gradient",
        ("memo90/sec12.2-chain",),
        "The memo's df/dw = w~ f~ + |w| S df~/dw~, with its S = (projector)/|w|, for one layer. In a deep network both "
        "parts carry rho/rho_k.",
        (split,),
        "grad(f[n], W[k]) == rho/rho[k]*(fV[n]*V[k] + grad(fV[n], V[k]) - dot(V[k], grad(fV[n], V[k]))*V[k])",
        {"k": "1..K", "n": "1..N"},
        PIECEWISE_LINEAR,
    )


DERIVATIONS = (rate_of_norm, rates_of_norm_and_direction, projector, split_of_the_gradient)
