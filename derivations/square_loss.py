r"""Gradient flow of the square loss: what moves, and what never does.

**Main results.** memo90/eq27 (deep networks), memo90/eq14 and eq17 (one layer), memo90/sec11.1-null-invariant,
memo90/sec11.1-zero-init.

**Notation.**

=======  ======================================  ======  ==========================
symbol   meaning                                 shape   Python
=======  ======================================  ======  ==========================
E_n      y_n - f(W;x_n)                          scalar  t.y(n) - t.f(n)
X, Y     inputs as rows, targets                 N x d   world.constant("X"), ("Y")
P        I - X^+ X, projector on the kernel of X d x d   `linear_algebra.null_projector`
=======  ======================================  ======  ==========================

**Conventions.** L = sum_n |y_n - f_n|^2 without the factor 1/2; `_mean` divides by N.

**References.** R. Penrose, A generalized inverse for matrices, 1955.
"""

from __future__ import annotations

from functools import cache

from .book.derivation import Assumed, Derivation, Step, definition, ring_identity, theorem, world_identity
from .book.families import Family
from .book.terms import Terms, Value
from .exact.concrete import ConcreteWorld
from .exact.linear_algebra import null_projector, pseudoinverse
from .structural_lemma import PIECEWISE_LINEAR

ONE_LAYER = {
    "network": "linear",
    "layers": 1,
    "output_activation": False,
    "loss": "square",
    "average": False,
    "weight_decay": 0,
    "flow": "gradient",
}


def push(t: Terms, k: int) -> Value:
    """2 sum_n (y_n - f_n) grad f_n."""
    return 2 * t.mean * t.sum(lambda n: (t.y(n) - t.f(n)) * t.grad(lambda t: t.f(n), "W", k))


def _flow(average: bool) -> Derivation:
    step = world_identity(
        "law",
        r"\dot W_k = 2\," + (r"\frac1N" if average else "") + r"\sum_n E_n\frac{\partial f(W;x_n)}{\partial W_k}",
        lambda t, k: t.d(lambda t: t.W(k), "gradient"),
        push,
        family=Family(loss="square", average=average),
        reason="The derivative of (y_n - f_n)^2 is -2 E_n times that of f_n.",
    )
    front = "1/N*" if average else ""
    return Derivation(
        "square_loss.gradient_flow_" + ("mean" if average else "sum"),
        "Gradient flow of the square loss",
        ("memo90/eq27",),
        "The force vanishes with the errors: a zero of the loss is a point of rest, at finite weights.",
        (step,),
        f"d(W[k]) == 2*{front}sum(n, (y[n] - f[n])*grad(f[n], W[k]))",
        {"k": "1..K"},
        {**PIECEWISE_LINEAR, "loss": "square", "average": average, "weight_decay": 0, "flow": "gradient"},
    )


@cache
def gradient_flow_sum() -> Derivation:
    return _flow(False)


@cache
def gradient_flow_mean() -> Derivation:
    return _flow(True)


def _force_on_inputs(t: Terms) -> Value:
    total = 2 * t.sum(lambda n: (t.y(n) - t.f(n)) * t.x(n))
    return Value(t.world, total.array.reshape(t.W(1).array.shape), total.load)


@cache
def one_layer() -> Derivation:
    step = world_identity(
        "law",
        r"\dot w = 2\sum_n E_n x_n^T",
        lambda t, k: t.d(lambda t: t.W(k), "gradient"),
        lambda t, k: _force_on_inputs(t),
        family=Family(layers="single", loss="square", average=False),
        uses=("square_loss.gradient_flow_sum",),
        reason="The gradient of w x_n is x_n^T.",
    )
    return Derivation(
        "square_loss.one_layer",
        "One linear layer",
        ("memo90/eq14",),
        "Every velocity is a combination of the inputs.",
        (step,),
        "d(W[1]) == 2*sum(n, (y[n] - f[n])*x[n])",
        {},
        ONE_LAYER,
    )


@cache
def one_layer_with_decay() -> Derivation:
    step = world_identity(
        "law",
        r"\dot w = 2\sum_n E_n x_n^T - 2\lambda w",
        lambda t, k: t.d(lambda t: t.W(k), "gradient"),
        lambda t, k: _force_on_inputs(t) - 2 * t.decay(1) * t.W(1),
        family=Family(layers="single", loss="square", average=False, decay="any"),
        uses=("square_loss.one_layer",),
        reason="The gradient of lambda |w|^2 is 2 lambda w.",
    )
    return Derivation(
        "square_loss.one_layer_with_decay",
        "One linear layer with weight decay",
        ("memo90/eq17",),
        "The memo prints -lambda w for the penalty lambda |w|^2; the factor 2 is missing.",
        (step,),
        "d(W[1]) == 2*sum(n, (y[n] - f[n])*x[n]) - 2*decay*W[1]",
        {},
        {**ONE_LAYER, "weight_decay": "any"},
    )


# ---- the kernel of the data


def regression(examples: int = 2, inputs: int = 3) -> ConcreteWorld:
    """A linear model with fewer examples than inputs, everything a letter."""
    return ConcreteWorld(network="linear", widths=[inputs, 1], examples=examples, loss="square", average=False)


def _list(a) -> list:
    return list(a.reshape(-1))


def _penrose() -> tuple[Step, Step]:
    world = regression()
    x = world.constant("X")
    kernel = ring_identity(
        "instance",
        r"XP = 0,\qquad P = I - X^+X",
        _list(world.matmul(x, null_projector(world, x))),
        _list(world.zeros((2, 3))),
        reason="Two inputs in three dimensions, entries letters.",
    )
    general = theorem(
        "kernel",
        "Moore-Penrose",
        r"XP = X - XX^+X = 0,\qquad P^T = P = P^2",
        given={"real matrix": Assumed("domain", "X is real")},
        uses=("instance",),
        reason="The first and the fourth of Penrose's equations.",
    )
    return kernel, general


@cache
def kernel_components_are_kept() -> Derivation:
    world = regression()
    terms = Terms(world)
    x = world.constant("X")
    velocity = terms.d(lambda t: t.W(1), "gradient").array.reshape(-1)
    errors = world.add(world.constant("Y"), world.negate(world.matmul(x, _vector(world))))
    force = world.scale(world.matmul(x.T, errors), world.number(2))
    matrix = ring_identity(
        "force",
        r"\dot w^T = 2X^T(Y - Xw^T)",
        _list(velocity),
        _list(force),
        uses=("kernel",),
        reason="The flow in matrix form.",
    )
    still = ring_identity(
        "still",
        r"P\dot w^T = 2(XP)^T(Y - Xw^T) = 0",
        _list(world.matmul(null_projector(world, x), velocity)),
        _list(world.zeros((3,))),
        uses=("force", "kernel", "square_loss.one_layer"),
        reason="X^T is seen first, and P kills it.",
    )
    constant = theorem(
        "constant",
        "mean value theorem",
        r"P\,w(t)^T = P\,w(0)^T",
        given={"derivative zero": still},
        reason="The part in the kernel of the data never moves.",
    )
    return Derivation(
        "square_loss.kernel_components_are_kept",
        "Components in the kernel of the data never move",
        ("memo90/sec11.1-null-invariant", "memo90/sec6-null-unchanged", "memo90/sec11.1-reason"),
        "For one linear layer, whatever the loss: the velocity is a combination of the inputs. In a deep network "
        "the kernel of "
        "the gradients of f moves, and nothing is kept. With weight decay the components shrink like exp(-2 lambda t).",
        (*_penrose(), matrix, still, constant),
        "conserved(null_projector(X) @ vec(W[1]))",
        {},
        ONE_LAYER,
    )


def _vector(world: ConcreteWorld):
    return world.layers[0].reshape(-1)


@cache
def limit_from_any_start() -> Derivation:
    world = regression()
    x, y = world.constant("X"), world.constant("Y")
    star = world.matmul(pseudoinverse(world, x), y)
    fits = ring_identity(
        "fits",
        r"Xw_* = Y,\qquad w_* = X^+Y",
        _list(world.matmul(x, star)),
        _list(y),
        reason="Independent inputs can be interpolated.",
    )
    errors = world.add(y, world.negate(world.matmul(x, _vector(world))))
    gap = world.add(_vector(world), world.negate(star))
    linear = ring_identity(
        "linear",
        r"\frac{d}{dt}(w - w_*) = -2X^TX\,(w - w_*)",
        _list(world.scale(world.matmul(x.T, errors), world.number(2))),
        _list(world.scale(world.matmul(world.matmul(x.T, x), gap), world.number(-2))),
        uses=("fits", "square_loss.one_layer"),
        reason="Y = X w_*, so the errors are those of w - w_*.",
    )
    limit = theorem(
        "limit",
        "linear flow",
        r"w(t) \to w_* + P\,(w(0) - w_*) = X^+Y + P\,w(0)",
        given={"symmetric equation": linear},
        uses=("square_loss.kernel_components_are_kept",),
        reason="The kernel of X^T X is that of X, and P X^+ = 0.",
    )
    zero = definition(
        "zero-start", r"w(0) = 0:\quad w(t)\to X^+Y", uses=("limit",), reason="The minimum-norm interpolant."
    )
    return Derivation(
        "square_loss.limit_from_any_start",
        "Where the flow of one linear layer ends",
        ("memo90/sec11.1-zero-init", "memo90/sec4-square-limit"),
        "The minimum-norm interpolant plus the kernel part of the start. A small start gives a limit near the "
        "minimum norm, a "
        "start without a kernel part gives exactly it: 'small' in the memo is an approximation.",
        (fits, linear, limit, zero),
        "",
        {},
        {**ONE_LAYER, "data": "generic"},
        r"\lim_{t\to\infty} w(t) = X^+Y + P\,w(0)",
    )


DERIVATIONS = (
    gradient_flow_sum,
    gradient_flow_mean,
    one_layer,
    one_layer_with_decay,
    kernel_components_are_kept,
    limit_from_any_start,
)
