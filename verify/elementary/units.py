"""What units, labels and losses are made of: activations and their slopes, labels, own classes, rates of losses."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from derivations.exact.laurent import Laurent
from derivations.exact.positivstellensatz import Constraint

from ..formula.nodes import Call, Indexed, Name, Num, Rate
from .alphabet import Letter
from .reading import Reader

ONE = Laurent.number(1)
LINES = ("relu", "leaky-relu")
GENERAL_POSITION = ("generic", "separable", "nonseparable")  # data without coincidences; a table may have any


def _slope(terms: Reader) -> Laurent:
    return Laurent.number(terms.setting.slope if terms.setting.network == "leaky-relu" else 0)


def activation(terms: Reader, index: int, letter: Letter) -> Iterator[Constraint]:
    """s(z) = max(z, slope z) of lines; softplus lies above z and 0, tanh between -1 and 1."""
    own, z = Laurent.letter(index), letter.data
    if terms.setting.network in LINES:
        other = _slope(terms) * z
        yield Constraint((own - z) * (own - other), "==", "one of two lines")
        if terms.setting.network == "relu" or 0 <= terms.setting.slope <= 1:
            yield Constraint(own - z, ">=", "the upper one")
            yield Constraint(own - other, ">=", "the upper one")
        gate = terms.opaque(Call("act1", (terms.alphabet.node_of(z),)), "act1", z)
        yield Constraint(own - gate * z, "==", "s(z) = s'(z) z")
    elif terms.setting.smooth == "softplus":
        yield Constraint(own - z, ">", "log(1 + exp z) > z")
        yield Constraint(terms.exponential(own) - ONE - terms.exponential(z), "==", "exp s = 1 + exp z")
    elif terms.setting.smooth == "tanh":
        yield Constraint(ONE - own * own, ">", "|tanh| < 1")
        slope = terms.opaque(Call("act1", (terms.alphabet.node_of(z),)), "act1", z, nonnegative=True, nonzero=True)
        yield Constraint(slope - ONE + own * own, "==", "tanh' = 1 - tanh^2")


def slope(terms: Reader, index: int, letter: Letter) -> Iterator[Constraint]:
    """Slopes are 1 or `slope`, 1 only where z >= 0; those of softplus lie between 0 and 1."""
    own, z = Laurent.letter(index), letter.data
    if terms.setting.network in LINES:
        low = _slope(terms)
        yield Constraint((own - ONE) * (own - low), "==", "one of two slopes")
        if terms.setting.network == "relu" or terms.setting.slope < 1:
            yield Constraint((own - low) * z, ">=", "an open gate's argument is not negative")
            yield Constraint((own - ONE) * z, ">=", "a closed gate's argument is not positive")
            yield Constraint(own - low, ">=", "between the slopes")
            yield Constraint(ONE - own, ">=", "between the slopes")
    elif terms.setting.smooth == "softplus":
        yield Constraint(ONE - own, ">", "sigmoid < 1")
        power = terms.exponential(z)
        yield Constraint(own * (ONE + power) - power, "==", "sigmoid = exp z / (1 + exp z)")
    elif terms.setting.smooth == "tanh":
        value = terms.opaque(Call("act", (terms.alphabet.node_of(z),)), "act", z)
        yield Constraint(own - ONE + value * value, "==", "tanh' = 1 - tanh^2")


def curvature(terms: Reader, index: int, letter: Letter) -> Iterator[Constraint]:
    own, z = Laurent.letter(index), letter.data
    if terms.setting.smooth == "softplus":
        first = terms.opaque(Call("act1", (terms.alphabet.node_of(z),)), "act1", z, nonnegative=True, nonzero=True)
        yield Constraint(own - first * (ONE - first), "==", "s'' = s'(1 - s')")


def label(terms: Reader, index: int, letter: Letter) -> Iterator[Constraint]:
    """Labels of the exponential and the logistic loss are +-1, and both occur among two or more drawn examples."""
    drawn = terms.setting.data in GENERAL_POSITION
    if terms.setting.loss not in ("exponential", "logistic") or not (drawn or terms.setting.data == "digits"):
        return
    terms.alphabet.nonzero.add(index)
    own = Laurent.letter(index)
    yield Constraint(own * own - ONE, "==", "a label is 1 or -1")
    if terms.symbolic or not drawn or terms.setting.examples < 2:
        return
    total = Laurent.number(0)
    for n in range(1, terms.setting.examples + 1):
        total = total + terms.poly(Indexed("y", Num(Fraction(n))))
    most = Laurent.number(terms.setting.examples - 2)
    yield Constraint(most - total, ">=", "both labels occur")
    yield Constraint(most + total, ">=", "both labels occur")


def label_among(terms: Reader, index: int, argument: Laurent) -> Iterator[Constraint]:
    """exp of the own class's entry is one of the exponentials of all entries."""
    ((m, _),) = argument.terms.items()
    if len(m) != 1 or m[0][1] != 1 or terms.alphabet.table[m[0][0]].kind != "own":
        return
    vector, length = terms.alphabet.table[m[0][0]].data
    powers = Laurent.number(0)
    for c in range(1, length + 1):
        powers = powers + terms.poly(Call("exp", (Call("entry", (vector, Num(Fraction(c)))),)))
    yield Constraint(powers - Laurent.letter(index), ">" if length > 1 else ">=", "one of the classes")


def term(terms: Reader, index: int, letter: Letter) -> Iterator[Constraint]:
    """Rates of the loss, and outputs beside the last layer."""
    own = Laurent.letter(index)
    match letter.node:
        case Indexed(base="f"):
            yield from last_layer(terms, index, letter.node)
        case Rate(body=Name(name="L")):
            yield Constraint(-own, ">=", "every flow of the settings descends")


def last_layer(terms: Reader, index: int, word: Indexed) -> Iterator[Constraint]:
    """f = sum_i W_K,i s(z_i) with z the pre-activations below the last layer, where its entries are spoken of."""
    sizes, setting = terms.sizes, terms.setting
    spelt = any(letter.kind == "entry" and _is_last(terms, letter) for letter in terms.alphabet.table)
    if terms.symbolic or not spelt or sizes.outputs > 1 or sizes.depth < 2 or setting.output_activation:
        return
    last, total = Num(Fraction(sizes.depth)), Laurent.number(0)
    below = Call("pre", (Num(Fraction(sizes.depth - 1)), word.index))
    for i in range(1, sizes.widths[-2] + 1):
        place = Num(Fraction(i))
        weight = terms.poly(Call("entry", (Indexed("W", last), Num(Fraction(1)), place)))
        total = total + weight * terms.poly(Call("act", (Call("entry", (below, place)),)))
    yield Constraint(Laurent.letter(index) - total, "==", "the last layer")


def _is_last(terms: Reader, letter: Letter) -> bool:
    node = letter.node
    return isinstance(node, Call) and node.args[0] == Indexed("W", Num(Fraction(terms.sizes.depth)))


def multilinear(terms: Reader) -> bool:
    return terms.setting.network in ("linear", *LINES)
