r"""What homogeneity does to a network: Euler's identity layer by layer, and f(W) = rho f(V).

**Main results.** pnas20/structural-lemma (memo90/eq1, memo90/eq60-euler), pnas20/f-rho-factorisation
(memo90/sec3-factorization), pnas20/df-drho, pnas20/rel3-dfdW, pnas20/sign-equality, pnas20/structural-zero,
pnas20/relu-homogeneity, pnas20/relu-derivative (memo90/sec3-relu-homog).

**Notation.**

=================  ===============================================  =============  ==============
symbol             meaning                                          shape          Python
=================  ===============================================  =============  ==============
W_k, V_k, rho_k    weights of layer k, W_k/|W_k|, |W_k|             r_k x c_k, 1   t.W t.V t.rho_k
f(W;x_n), f(V;x_n) output at W, at V                                scalar         t.f t.fV
B_n, a_n           what stands after and before layer k             1 x r, c       letters B, a
rho                product of all rho_k                             scalar         t.rho
=================  ===============================================  =============  ==============

**Conventions.** Networks are linear, ReLU or leaky ReLU, without biases; points lie off the kinks. Derivatives
by V hold rho fixed and V free.

**References.** T. Liang et al., Fisher-Rao metric, geometry, and complexity of neural networks, Lemma 2.1.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from .book.derivation import Assumed, Derivation, Step, definition, ring_identity, theorem, world_identity
from .book.families import Family
from .exact.letters import Letters
from .exact.ring import Derivation as Differentiation
from .exact.ring import Element, Ring

PIECEWISE_LINEAR = {"network": ("linear", "relu", "leaky-relu"), "output_activation": False}
ONE_EXAMPLE = Family(sums=0, marked=1)


def unit(slope: Fraction = Fraction(0)) -> tuple[Ring, Letters, Element]:
    """A ring with one pre-activation z, a positive factor p and a factor q of any sign; its letters; z."""
    ring = Ring(["p", "q", "z"], 4)
    return ring, Letters(ring, slope, frozenset({ring.position["p"]})), ring.letter("z")


def slope_at(letters: Letters, e: Element) -> Element:
    """d e / d z for the letter z; gates are constant off the kinks."""
    ring = letters.ring
    own = ring.position["z"]

    def on_letter(index: int, derivation: Differentiation) -> Element:
        if index in letters.table:
            return letters.rate(index, derivation)
        return ring.one if index == own else ring.zero

    return Differentiation(ring, on_letter)(e)


def layer_form_steps() -> tuple[Step, ...]:
    """f(W; x_n) = B_n W_k a_n, with B_n and a_n free of W_k and locally constant in it."""
    gates = theorem(
        "gates",
        "constant gates",
        r"D_{j,n}(W) = D_{j,n}(W') \text{ for } W' \text{ near } W",
        given={"off the kinks": Assumed("domain", "no pre-activation is zero where a derivative is taken")},
        reason="Off the kinks small changes of the weights leave every gate as it is.",
    )
    form = definition(
        "form",
        r"f(W;x_n) = B_n W_k a_n,\quad B_n = W_K D_{K-1,n} W_{K-1}\cdots D_{k,n},"
        r"\quad a_n = D_{k-1,n} W_{k-1}\cdots D_{1,n} W_1 x_n",
        reason="A piecewise linear activation multiplies by its gates, so the network is a product of matrices; "
        "read it from layer k outwards.",
        uses=("gates",),
    )
    return gates, form


@cache
def activation_is_homogeneous() -> Derivation:
    steps = []
    for word, slope in (("ReLU", Fraction(0)), ("leaky-ReLU", Fraction(1, 10))):
        ring, letters, z = unit(slope)
        p = ring.letter("p")
        steps.append(
            ring_identity(
                word,
                r"\sigma(p z) = p\,\sigma(z),\qquad p > 0",
                letters.gate(p * z) * p * z,
                p * (letters.gate(z) * z),
                reason=f"A positive factor does not move z across the kink, so the gate of {word} is the same.",
            )
        )
    return Derivation(
        "structural_lemma.activation_is_homogeneous",
        "The activations are positively homogeneous",
        ("pnas20/relu-homogeneity",),
        "Everything in the two papers that is special to ReLU networks rests on one property: a positive factor passes "
        "through the activation. At p = 0 both sides are 0, as PNAS says with alpha >= 0.",
        tuple(steps),
        "",
        {},
        {"network": ("relu", "leaky-relu")},
        r"\sigma(\alpha z) = \alpha\,\sigma(z),\ \alpha\ge0",
    )


@cache
def activation_is_its_derivative_times_z() -> Derivation:
    ring, letters, z = unit()
    gate, off = letters.gate(z), letters.gate(-z)
    return Derivation(
        "structural_lemma.activation_is_its_derivative_times_z",
        "sigma(z) = sigma'(z) z",
        ("pnas20/relu-derivative", "memo90/sec3-relu-homog"),
        "Euler's relation for one unit. The memo calls it positive homogeneity; the two are equivalent off the kink.",
        (
            definition("gate", r"D(z) = \sigma'(z)", reason="The gate of a unit is the slope of its linear piece."),
            ring_identity(
                "sides",
                r"D(z)^2 = D(z),\qquad D(z) + D(-z) = 1",
                [gate * gate, gate + off],
                [gate, ring.one],
                uses=("gate",),
                reason="A ReLU is on or off: its slope is 1 or 0, and z or -z is positive.",
            ),
            ring_identity(
                "euler",
                r"\sigma(z) = \sigma'(z)\,z",
                gate * z,
                slope_at(letters, gate * z) * z,
                uses=("sides",),
                reason="The gate is constant near z, so the derivative of D(z) z is D(z).",
            ),
        ),
        "entry(act(pre(k,n)),i) == entry(act1(pre(k,n)),i)*entry(pre(k,n),i)",
        {"k": "1..K", "n": "1..N", "i": "1..rows(W[k])"},
        {"network": ("linear", "relu", "leaky-relu")},
    )


@cache
def euler_identity() -> Derivation:
    gates, form = layer_form_steps()
    slope = world_identity(
        "gradient",
        r"\frac{\partial f(W;x_n)}{\partial W_k} = B_n^T a_n^T",
        lambda t, k: t.grad(lambda t: t.f(1), "W", k),
        lambda t, k: t.outer(t.after(1), t.before(1)),
        family=ONE_EXAMPLE,
        uses=("form", "reductions.depth_lemma"),
        reason="f is linear in W_k once the rest of the network is held fixed.",
    )
    euler = world_identity(
        "euler",
        r"\sum_{i,j}\frac{\partial f(W;x_n)}{\partial (W_k)_{ij}}(W_k)_{ij} = f(W;x_n)",
        lambda t, k: t.dot(t.W(k), t.grad(lambda t: t.f(1), "W", k)),
        lambda t, k: t.f(1),
        family=ONE_EXAMPLE,
        uses=("gradient",),
        reason="Contract with W_k: a linear function is its derivative times its argument.",
    )
    return Derivation(
        "structural_lemma.euler_identity",
        "The structural lemma",
        ("pnas20/structural-lemma", "memo90/eq1", "memo90/eq60-euler"),
        "In a network without biases every layer sees a linear function of its own weights. Euler's identity for "
        "functions of degree one follows for each layer separately, whatever the depth. The memo's W^T grad f = "
        "f after "
        "(60) is this statement for one layer; summed over all K layers the right side is K f.",
        (gates, form, slope, euler),
        "dot(W[k], grad(f[n], W[k])) == f[n]",
        {"k": "1..K", "n": "1..N"},
        PIECEWISE_LINEAR,
    )


def _layer_step(factor: str = "p") -> tuple[list[Element], list[Element]]:
    """Pre-activations of a layer rho V behind hidden values act(p z), and rho p V act(z), in letters."""
    ring = Ring(["p", "q", "rho", *(f"v{i}{j}" for i in range(2) for j in range(3)), "z0", "z1", "z2"], 8)
    letters = Letters(ring, Fraction(0), frozenset({ring.position["p"], ring.position["rho"]}))
    z, p, rho = [ring.letter(f"z{j}") for j in range(3)], ring.letter(factor), ring.letter("rho")

    def act(e: Element) -> Element:
        return letters.gate(e) * e

    v = [[ring.letter(f"v{i}{j}") for j in range(3)] for i in range(2)]
    left = [sum((rho * e * act(p * u) for e, u in zip(row, z, strict=True)), ring.zero) for row in v]
    right = [sum((rho * p * e * act(u) for e, u in zip(row, z, strict=True)), ring.zero) for row in v]
    return left, right


@cache
def factorisation() -> Derivation:
    start = definition("input", r"h_0(W) = x_n = h_0(V)", reason="Both networks see the same input; the factor is 1.")
    left, right = _layer_step()
    step = ring_identity(
        "layer",
        r"h_k(W) = W_k\,\sigma(h_{k-1}(W)) = \rho_k V_k\,\sigma\big(\rho_1\cdots\rho_{k-1} h_{k-1}(V)\big)"
        r" = \rho_1\cdots\rho_k\, h_k(V)",
        left,
        right,
        uses=("input", "structural_lemma.activation_is_homogeneous"),
        reason="The factor collected so far is positive and passes through the activation; the layer adds its own.",
    )
    whole = theorem(
        "induction",
        "induction",
        r"f(W;x_n) = \rho_1\cdots\rho_K\, f(V;x_n)",
        given={"base": start, "step": step},
        reason="Layer by layer, up to the output.",
    )
    return Derivation(
        "structural_lemma.factorisation",
        "The norms factor out",
        ("pnas20/f-rho-factorisation", "memo90/sec3-factorization"),
        "Write W_k = rho_k V_k with a positive rho_k. Each norm passes through all later activations, so the output of "
        "the network is the product of the norms times the output of the normalised network. Nothing here uses which "
        "norm was chosen. For the activation z^p the same induction gives the exponents p^(K-k) instead: "
        "homogeneity of "
        "degree one is needed.",
        (start, step, whole),
        "f[n] == rho*fV[n]",
        {"n": "1..N"},
        {"network": ("linear", "relu", "leaky-relu")},
    )


@cache
def derivative_by_a_norm() -> Derivation:
    step = world_identity(
        "derivative",
        r"\frac{\partial f(W;x_n)}{\partial\rho_k} = \frac{\rho}{\rho_k} f(V;x_n)",
        lambda t, k: t.grad(lambda t: t.f(1), "rho", k),
        lambda t, k: t.rho / t.rho_k(k) * t.fV(1),
        family=ONE_EXAMPLE,
        uses=("structural_lemma.factorisation",),
        reason="rho is linear in each rho_k, and f(V) does not contain it.",
    )
    return Derivation(
        "structural_lemma.derivative_by_a_norm",
        "The derivative by the norm of a layer",
        ("pnas20/df-drho",),
        "With V held fixed the output depends on rho_k through the product of the norms only.",
        (step,),
        "grad(f[n], rho[k]) == rho/rho[k]*fV[n]",
        {"k": "1..K", "n": "1..N"},
        PIECEWISE_LINEAR,
    )


@cache
def gradients_by_w_and_v() -> Derivation:
    by_w = world_identity(
        "by-W",
        r"\frac{\partial f(W;x_n)}{\partial W_k} = \frac{1}{\rho_k}\frac{\partial f(W;x_n)}{\partial V_k}",
        lambda t, k: t.grad(lambda t: t.f(1), "W", k),
        lambda t, k: t.grad(lambda t: t.f(1), "V", k) / t.rho_k(k),
        family=ONE_EXAMPLE,
        reason="W_k = rho_k V_k, so a change of V_k is a rho_k times larger change of W_k.",
    )
    by_v = world_identity(
        "by-V",
        r"\frac{\partial f(W;x_n)}{\partial V_k} = \rho\,\frac{\partial f(V;x_n)}{\partial V_k}",
        lambda t, k: t.grad(lambda t: t.f(1), "V", k),
        lambda t, k: t.rho * t.grad(lambda t: t.fV(1), "V", k),
        family=ONE_EXAMPLE,
        uses=("structural_lemma.factorisation",),
        reason="f(W) = rho f(V) with rho held fixed.",
    )
    both = world_identity(
        "together",
        r"\frac{\partial f(W;x_n)}{\partial W_k} = \frac{\rho}{\rho_k}\frac{\partial f(V;x_n)}{\partial V_k}",
        lambda t, k: t.grad(lambda t: t.f(1), "W", k),
        lambda t, k: t.rho / t.rho_k(k) * t.grad(lambda t: t.fV(1), "V", k),
        family=ONE_EXAMPLE,
        uses=("by-W", "by-V"),
        reason="The two steps in one line.",
    )
    return Derivation(
        "structural_lemma.gradients_by_w_and_v",
        "Gradients by W_k and by V_k",
        ("pnas20/rel3-dfdW",),
        "The gradient by V treats V as a free matrix; the unit norm is put in after the derivative. With the other "
        "reading, a derivative along the sphere, the radial part rho/rho_k f(V) V_k would be missing.",
        (by_w, by_v, both),
        "grad(f[n], W[k]) == rho/rho[k]*grad(fV[n], V[k])",
        {"k": "1..K", "n": "1..N"},
        PIECEWISE_LINEAR,
    )


@cache
def signs_agree() -> Derivation:
    ring, letters, z = unit()
    step = ring_identity(
        "sign",
        r"\mathrm{sign}(\rho z) = \mathrm{sign}(z),\qquad \rho > 0",
        letters.sign(ring.letter("p") * z),
        letters.sign(z),
        uses=("structural_lemma.factorisation",),
        reason="f(W) = rho f(V) with a positive rho, and a positive factor leaves the sign.",
    )
    return Derivation(
        "structural_lemma.signs_agree",
        "W and V classify alike",
        ("pnas20/sign-equality",),
        "Normalising the layers divides every output by the positive number rho, so no decision changes.",
        (step,),
        "sign(f[n]) == sign(fV[n])",
        {"n": "1..N"},
        {"network": ("linear", "relu", "leaky-relu")},
    )


@cache
def no_gradient_no_output() -> Derivation:
    norm = world_identity(
        "contraction",
        r"f(W;x_n) = \big\langle W_k, \tfrac{\partial f}{\partial W_k}\big\rangle = 0",
        lambda t, k: t.f(1),
        lambda t, k: t.dot(t.W(k), t.grad(lambda t: t.f(1), "W", k)),
        family=ONE_EXAMPLE,
        uses=("structural_lemma.euler_identity",),
        reason="The contraction of W_k with a zero gradient is zero.",
    )
    return Derivation(
        "structural_lemma.no_gradient_no_output",
        "Where the gradient of f vanishes, f does",
        ("pnas20/structural-zero",),
        "One vanishing layer gradient is enough; PNAS asks for all of them.",
        (norm,),
        "implies(grad(f[n], W[k]) == zeros_like(W[k]), f[n] == 0)",
        {"k": "1..K", "n": "1..N"},
        PIECEWISE_LINEAR,
    )


DERIVATIONS = (
    activation_is_homogeneous,
    activation_is_its_derivative_times_z,
    euler_identity,
    factorisation,
    derivative_by_a_norm,
    gradients_by_w_and_v,
    signs_agree,
    no_gradient_no_output,
)
