r"""The softmax cross-entropy: gradient, contraction with the weights, and two classes as the logistic loss.

**Main results.** memo90/eq60 (corrected), memo90/sec14-Wstar, memo90/sec14-ce-equals-exp.

**Notation.**

===========  ==========================================  ======  ==========
symbol       meaning                                     shape   Python
===========  ==========================================  ======  ==========
f_c(x_n)     output c                                    scalar  t.f(n)
p_n          softmax of the outputs                      C       t.softmax
e_{y_n}      unit vector of the label                    C       t.onehot
Z_n          sum of exp f_c over the classes             scalar
===========  ==========================================  ======  ==========

**Conventions.** Labels 1..C; L = -sum_n log softmax(f_n)[y_n], divided by N in `_mean`. Sums over the
classes are like sums over examples: the number of classes runs through 3, 4, 5, which decides every C.

**References.** C. Bishop, Pattern Recognition and Machine Learning, 4.3.4.
"""

from __future__ import annotations

from functools import cache

import sympy

from .book.derivation import Assumed, Derivation, identity, theorem, world_identity
from .book.families import Family
from .book.terms import Terms, Value
from .structural_lemma import PIECEWISE_LINEAR

CLASSES = (3, 4, 5)  # two sums over classes are multiplied and one class is marked: as for examples


def family(average: bool, **more) -> Family:
    return Family(loss="cross-entropy", classes=CLASSES, average=average, **more)


def setting(average: bool) -> dict:
    return {**PIECEWISE_LINEAR, "loss": "cross-entropy", "average": average, "weight_decay": 0}


def class_slope(t: Terms, n: int, c: int, k: int) -> Value:
    return t.grad(lambda t: t.entry(t.f(n), c), "W", k)


def _over_classes(t: Terms, term) -> Value:
    total = term(1)
    for c in range(2, t.world.classes + 1):
        total = total + term(c)
    return total


def residual_form(t: Terms, k: int) -> Value:
    """(1/N) sum_n sum_c (p_n - e_{y_n})_c grad f_c."""
    return t.mean * t.sum(
        lambda n: _over_classes(t, lambda c: t.entry(t.softmax(t.f(n)) - t.onehot(n), c) * class_slope(t, n, c, k))
    )


def difference_form(t: Terms, k: int) -> Value:
    """(1/N) sum_n sum_c p_{n,c} grad (f_c - f_{y_n})."""
    return t.mean * t.sum(
        lambda n: _over_classes(
            t,
            lambda c: (
                t.entry(t.softmax(t.f(n)), c)
                * (class_slope(t, n, c, k) - class_slope(t, n, t.world.target_class(n), k))
            ),
        )
    )


def _gradient(average: bool) -> Derivation:
    front = r"\frac1N" if average else ""
    residual = world_identity(
        "residual",
        rf"\nabla_{{W_k}}L = {front}\sum_n\sum_c (p_n - e_{{y_n}})_c\,\nabla_{{W_k}}f_c(x_n)",
        lambda t, k: t.grad(lambda t: t.L, "W", k),
        residual_form,
        family=family(average),
        reason="The derivative of log Z_n - f_{y_n} by the outputs is p_n - e_{y_n}; then the chain rule.",
    )
    difference = world_identity(
        "difference",
        rf"\nabla_{{W_k}}L = {front}\sum_n\sum_c \frac{{e^{{f_c(x_n)}}}}{{\sum_{{c'}}e^{{f_{{c'}}(x_n)}}}}\,"
        r"\nabla_{W_k}\big(f_c(x_n) - f_{y_n}(x_n)\big)",
        residual_form,
        difference_form,
        family=family(average),
        uses=("residual",),
        reason="The probabilities add up to 1.",
    )
    text = "1/N*" if average else ""
    return Derivation(
        "cross_entropy.gradient_" + ("mean" if average else "sum"),
        "The gradient of the cross-entropy",
        ("memo90/eq60",),
        "The memo's (60) has the weight 1/(sum_c' e^{f_c'} - f_c); it must be e^{f_c}/sum_c' e^{f_c'} = 1/sum_c' "
        "e^{f_c' - f_c}: a minus sign has slipped out of the exponent.",
        (residual, difference),
        f"grad(L, W[k]) == {text}sum(n, sum(c, 1, rows(W[K]), "
        "entry(softmax(f[n]) - onehot(n), c)*grad(entry(f[n], c), W[k])))",
        {"k": "1..K"},
        setting(average),
    )


@cache
def gradient_sum() -> Derivation:
    return _gradient(False)


@cache
def gradient_mean() -> Derivation:
    return _gradient(True)


def contraction(t: Terms, k: int) -> Value:
    return t.dot(t.W(k), t.grad(lambda t: t.L, "W", k))


@cache
def contraction_with_weights() -> Derivation:
    step = world_identity(
        "euler",
        r"\langle W_k,\nabla_{W_k}L\rangle = \frac1N\sum_n\langle p_n - e_{y_n}, f(x_n)\rangle",
        contraction,
        lambda t, k: t.mean * t.sum(lambda n: t.dot(t.softmax(t.f(n)) - t.onehot(n), t.f(n))),
        family=family(True),
        uses=("cross_entropy.gradient_mean", "structural_lemma.euler_identity"),
        reason="Euler's identity for every output.",
    )
    return Derivation(
        "cross_entropy.contraction_with_weights",
        "The cross-entropy gradient along the weights",
        ("memo90/eq60-euler",),
        "Independent of the layer, as for the exponential loss: squared norms grow alike under this loss too.",
        (step,),
        "dot(W[k], grad(L, W[k])) == 1/N*sum(n, dot(softmax(f[n]) - onehot(n), f[n]))",
        {"k": "1..K"},
        setting(True),
    )


@cache
def descent_along_separating_weights() -> Derivation:
    split = world_identity(
        "split",
        r"-\langle W_k,\nabla_{W_k}L\rangle = \frac1N\sum_n\sum_{c\ne y_n} p_{n,c}\,\big(f_{y_n}(x_n) - f_c(x_n)\big)",
        lambda t, k: -contraction(t, k),
        lambda t, k: (
            t.mean
            * t.sum(
                lambda n: _over_classes(
                    t,
                    lambda c: (
                        t.entry(t.softmax(t.f(n)), c) * (t.entry(t.f(n), t.world.target_class(n)) - t.entry(t.f(n), c))
                    ),
                )
            )
        ),
        family=family(True),
        uses=("cross_entropy.contraction_with_weights",),
        reason="The probabilities add up to 1.",
    )
    sign = theorem(
        "sign",
        "positive sums",
        r"\langle W_k,\nabla_{W_k}L\rangle < 0",
        given={"positive factors": Assumed("start", "every f_{y_n} exceeds the other outputs")},
        uses=("split",),
        reason="Probabilities and margins are positive.",
    )
    return Derivation(
        "cross_entropy.descent_along_separating_weights",
        "Separating weights are a direction of descent",
        ("memo90/sec14-Wstar",),
        "At the separating weights themselves. The memo says it of one W* and the gradient at every W, which is "
        "true of linear "
        "models and not of deep networks.",
        (split, sign),
        "dot(W[k], grad(L, W[k])) < 0",
        {"k": "1..K"},
        {**setting(True), "start": "separating"},
    )


@cache
def two_classes_are_logistic() -> Derivation:
    a, b = sympy.symbols("e_1 e_2", positive=True)  # exp f_y and exp f_c
    step = identity(
        "ratio",
        (a + b) / a,
        1 + b / a,
        reason="Inside the logarithm, with e_1 = exp f_y and e_2 = exp f_c.",
        latex=r"\frac{e^{f_y}+e^{f_c}}{e^{f_y}} = 1 + e^{-(f_y - f_c)}",
    )
    return Derivation(
        "cross_entropy.two_classes_are_logistic",
        "Two classes: the logistic loss of the difference",
        ("memo90/sec14-ce-equals-exp",),
        "With two classes the cross-entropy is the logistic loss of f_y - f_c, which for large margins is the "
        "exponential loss "
        "up to a factor that tends to 1.",
        (step,),
        "",
        {},
        {"loss": "cross-entropy"},
        r"-\log\frac{e^{f_y}}{e^{f_y}+e^{f_c}} = \log\big(1+e^{-(f_y-f_c)}\big)",
    )


DERIVATIONS = (
    gradient_sum,
    gradient_mean,
    contraction_with_weights,
    descent_along_separating_weights,
    two_classes_are_logistic,
)
