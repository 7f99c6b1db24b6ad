"""Norms and inner products of matrices: triangle inequality, submultiplicativity, Cauchy-Schwarz, and of networks."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from derivations.exact.laurent import Laurent
from derivations.exact.positivstellensatz import Constraint

from ..formula.nodes import Call, Grad, Hess, Indexed, Name, Node, Num
from . import matrices
from .alphabet import Letter
from .reading import Reader
from .units import GENERAL_POSITION, multilinear

NOT_EXPANDING = ("linear", "relu")  # |s(z)| <= |z| and |s'| <= 1; leaky ones with a slope of at most 1


def norm(terms: Reader, index: int, letter: Letter) -> Iterator[Constraint]:
    """What is known of |A|."""
    own, one = Laurent.letter(index), letter.data
    if one is None:
        return
    if len(one) > 1:
        yield from _of_sum(terms, own, one)
        return
    ((word, _),) = one.items()
    for i in range(1, len(word)):
        parts = matrices.norm_of_word(terms, word[:i]) * matrices.norm_of_word(terms, word[i:])
        yield Constraint(parts - own, ">=", "submultiplicativity: |AB| <= |A| |B|")
    if len(word) == 1:
        yield from _of_network(terms, own, word[0][0])
        yield from _of_input(terms, index, word[0][0])


def _of_sum(terms: Reader, own: Laurent, one: matrices.Form) -> Iterator[Constraint]:
    if all(one):
        bound = Laurent.number(0)
        for word, c in one.items():
            bound = bound + terms.absolute(c) * matrices.norm_of_word(terms, word)
        yield Constraint(bound - own, ">=", "triangle inequality")
        square = matrices.square_of_form(terms, one, ())
        yield Constraint(own * own - square, "==", "|A|^2 = <A, A>, multiplied out")
    inputs = [_input(word) for word in one]
    if None not in inputs and _independent(terms, inputs) and any(c.constant() for c in one.values()):
        yield Constraint(own, ">", "inputs in general position are independent")


def _input(word: matrices.Word) -> Node | None:
    plain = len(word) == 1 and not word[0][1] and isinstance(word[0][0], Indexed) and word[0][0].base == "x"
    return word[0][0] if plain else None


def _independent(terms: Reader, inputs: list) -> bool:
    """Whether so many different inputs are independent; different indices may be equal ones."""
    if terms.setting.data not in GENERAL_POSITION or terms.symbolic:
        return False
    return len(inputs) <= min(terms.sizes.examples, terms.sizes.widths[0])


def _of_input(terms: Reader, index: int, node: Node) -> Iterator[Constraint]:
    if isinstance(node, Indexed) and node.base == "x" and terms.setting.data in GENERAL_POSITION:
        terms.alphabet.nonzero.add(index)
        yield Constraint(Laurent.letter(index), ">", "an input in general position is not zero")


def _of_network(terms: Reader, own: Laurent, node: Node) -> Iterator[Constraint]:
    """|f| <= rho |x|, and |grad_{W_k} f| rho_k <= rho |x|: no gate and no layer expands by more than its norm."""
    if not not_expanding(terms):
        return
    match node:
        case Indexed(base="f", index=n):
            yield Constraint(_reach(terms, n) - own, ">=", "|f(x)| <= rho |x|")
        case Indexed(base="fV", index=n):
            yield Constraint(input_norm(terms, n) - own, ">=", "|f(V; x)| <= |x|")
        case Grad(body=Indexed(base="f", index=n), wrt=Indexed(base="W", index=k)) if terms.sizes.outputs == 1:
            yield Constraint(_without(terms, k) * input_norm(terms, n) - own, ">=", "a gradient by one layer")
        case Grad(body=Indexed(base="fV", index=n), wrt=Indexed(base="V")) if terms.sizes.outputs == 1:
            yield Constraint(input_norm(terms, n) - own, ">=", "a gradient by one layer")


def not_expanding(terms: Reader) -> bool:
    setting = terms.setting
    return setting.network in NOT_EXPANDING or (setting.network == "leaky-relu" and abs(setting.slope) <= 1)


def input_norm(terms: Reader, n: Node) -> Laurent:
    return terms.poly(Call("norm", (Indexed("x", n),)))


def _reach(terms: Reader, n: Node) -> Laurent:
    return terms.poly(Name("rho")) * input_norm(terms, n)


def _without(terms: Reader, k: Node) -> Laurent:
    """The product of the norms of the other layers."""
    if terms.symbolic:
        return _other_layers(terms, k)
    total = Laurent.number(1)
    for j in range(1, terms.sizes.depth + 1):
        if j != terms.integer(k):
            total = total * terms.poly(Indexed("rho", Num(Fraction(j))))
    return total


def _other_layers(terms: Reader, k: Node) -> Laurent:
    """rho / rho_k as a letter of its own, which is there at W_k = 0 too."""
    node = Call("other_layers", (k,))
    other = terms.opaque(node, "other layers", k, nonnegative=True)
    terms.domain.append(
        Constraint(other * terms.poly(Indexed("rho", k)) - terms.poly(Name("rho")), "==", "rho without rho_k")
    )
    return other


def trace(terms: Reader, index: int, letter: Letter) -> Iterator[Constraint]:
    """|<A, B>| <= |A| |B| wherever the word is cut in two."""
    own, word = Laurent.letter(index), letter.data
    node = word[0][0]
    if len(word) == 1 and node == Hess(Name("L"), None, None, "W") and multilinear(terms):
        yield Constraint(own, ">=", "convex in outputs that are multilinear: the trace of the Hessian")
    for start in range(len(word)):
        turned = word[start:] + word[:start]
        for i in range(1, len(word)):
            bound = matrices.norm_of_word(terms, turned[:i]) * matrices.norm_of_word(terms, turned[i:])
            yield Constraint(bound - own, ">=", "Cauchy-Schwarz")
            yield Constraint(bound + own, ">=", "Cauchy-Schwarz")
