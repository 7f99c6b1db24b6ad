"""The words of a setting written out: loss, margin, activations, entries, sums and extremes over all examples."""

from __future__ import annotations

from fractions import Fraction

from derivations.exact.laurent import UNIT, Laurent, Monomial, is_nonnegative, vanishes_nowhere

from ..claim import Setting
from ..formula.nodes import BinOp, Call, Indexed, Name, Neg, Node, Num, Reduce, free_names, substitute
from ..formula.sizes import SCALAR
from ..formula.text import to_text
from ..world import CannotEvaluate
from . import matrices
from .reading import Reader

ONE, TWO = Num(Fraction(1)), Num(Fraction(2))
INDEX = "_i"
ACTIVATIONS = ("act", "act1", "act2")


def per_example(base: str) -> Node:
    return Indexed(base, Name(INDEX))


def loss(terms: Reader) -> Node:
    """The loss of the setting as a term."""
    setting = terms.setting
    total: Node = Reduce("sum", INDEX, ONE, Name("N"), _of_example(terms))
    if setting.average:
        total = BinOp("*", BinOp("/", ONE, Name("N")), total)
    decay = setting.weight_decay
    if decay == 0:
        return total
    several = isinstance(decay, tuple)
    factor: Node = Indexed("decay", Name(INDEX)) if several else Name("decay")
    squares = BinOp("*", factor, BinOp("**", Indexed("rho", Name(INDEX)), TWO))
    return BinOp("+", total, Reduce("sum", INDEX, ONE, Name("K"), squares))


def _of_example(terms: Reader) -> Node:
    setting, f, y = terms.setting, per_example("f"), per_example("y")
    power = Call("exp", (Neg(BinOp("*", y, f)),))
    match setting.loss:
        case "exponential":
            return power
        case "logistic":
            return Call("log", (BinOp("+", ONE, power),))
        case "square" if terms.sizes.outputs == 1:
            return BinOp("**", BinOp("-", y, f), TWO)
        case "square":
            return BinOp("**", Call("norm", (BinOp("-", y, f),)), TWO)
    terms.sized = True
    power = Call("exp", (Call("entry", (f, Name("_c"))),))
    classes = Reduce("sum", "_c", ONE, Num(Fraction(terms.sizes.outputs)), power)
    return BinOp("-", Call("log", (classes,)), Call("entry", (f, y)))


def margin(setting: Setting) -> Node | None:
    """min_n y_n f(V; x_n) of a single output."""
    if setting.loss == "cross-entropy":
        return None
    return Reduce("min", INDEX, ONE, Name("N"), BinOp("*", per_example("y"), per_example("fV")))


def decay_of(terms: Reader, node: Indexed) -> Laurent:
    """decay[k]: a number, or a positive letter."""
    given = terms.setting.weight_decay
    if isinstance(given, tuple):
        if terms.symbolic and free_names(node.index):
            raise CannotEvaluate("one weight decay a layer")
        terms.sized = True
        own = given[terms.integer(node.index) - 1]
    else:
        own = given
        node = Name("decay")  # type: ignore[assignment]
    if own == "any":
        return terms.opaque(node, nonnegative=True, nonzero=True)
    return Laurent.number(Fraction(own))


def activation(terms: Reader, node: Call) -> Laurent:
    """act, act1, act2 of a scalar."""
    if terms.shape(node.args[0]) != SCALAR:
        raise CannotEvaluate("activations of a vector")
    order, z = ACTIVATIONS.index(node.func), terms.poly(node.args[0])
    setting = terms.setting
    match setting.network:
        case "linear":
            return (z, Laurent.number(1), Laurent.number(0))[order]
        case "power":
            factor = 1
            for i in range(order):
                factor *= setting.degree - i
            return terms.raised(z, Fraction(max(setting.degree - order, 0))).scaled(Fraction(factor))
        case "relu" | "leaky-relu" if order == 2:
            return Laurent.number(0)
    name = Call(node.func, (terms.alphabet.node_of(z),))
    softplus = setting.network == "smooth" and setting.smooth == "softplus"
    positive = softplus or (setting.network == "smooth" and setting.smooth == "tanh" and order == 1)
    nonnegative = positive or setting.network == "relu" or (setting.network == "leaky-relu" and order == 1)
    return terms.opaque(name, node.func, z, nonnegative=nonnegative, nonzero=positive)


def entry(terms: Reader, node: Call) -> Laurent:
    """An entry of a vector or a matrix, entry by entry of the words in it."""
    inside, index = node.args[0], _index(terms, node.args[1:])
    if terms.shape(inside) == SCALAR:
        return terms.poly(inside)
    if isinstance(inside, Call) and inside.func == "softmax":
        return _share(terms, inside.args[0], index)
    if isinstance(inside, Call) and inside.func in ACTIVATIONS:
        return activation(terms, Call(inside.func, (Call("entry", (inside.args[0], *index)),)))
    if isinstance(inside, Call) and inside.func == "gate":
        return _gate(terms, inside, index)
    if isinstance(index[0], Indexed):
        terms.sized = True
        length = terms.shape(inside)[0]
        return terms.opaque(Call("entry", (inside, *index)), "own", (inside, length))
    total = Laurent.number(0)
    for word, c in matrices.form(terms, inside).items():
        if not word:
            total = total + (c if len(set(map(repr, index))) == 1 else Laurent.number(0))
            continue
        name = Call("entry", (matrices.node_of_word(word), *index))
        total = total + c * terms.opaque(name, "entry")
    return total


def _index(terms: Reader, given: tuple[Node, ...]) -> tuple[Node, ...]:
    """Positions as numbers, but for the label of an example."""
    if terms.symbolic and any(free_names(i) for i in given if not isinstance(i, Indexed)):
        raise CannotEvaluate("entries with a free index")
    return tuple(i if isinstance(i, Indexed) else Num(Fraction(terms.integer(i))) for i in given)


def _share(terms: Reader, vector: Node, index: tuple[Node, ...]) -> Laurent:
    """softmax: the exponential of one entry over that of all."""
    terms.sized = True
    powers = Laurent.number(0)
    for c in range(1, terms.shape(vector)[0] + 1):
        powers = powers + terms.poly(Call("exp", (Call("entry", (vector, Num(Fraction(c)))),)))
    return terms.poly(Call("exp", (Call("entry", (vector, *index)),))) * terms.inverse(powers)


def _gate(terms: Reader, inside: Call, index: tuple[Node, ...]) -> Laurent:
    if terms.setting.network == "linear":
        return Laurent.number(1)
    pre = Call("pre", inside.args)
    z = terms.poly(Call("entry", (pre, *index)))
    return terms.opaque(Call("act1", (terms.alphabet.node_of(z),)), "act1", z, nonnegative=True)


# ---- all examples, all layers


def stands_for_all(name: str) -> bool:
    """Whether an index is that of a sum or an extreme over all examples or layers."""
    return name.startswith("_")


def over_all(terms: Reader, node: Reduce) -> Laurent:
    """A sum or an extreme over 1..N or 1..K, whatever these are."""
    if node.low != ONE or node.high not in (Name("N"), Name("K")):
        raise CannotEvaluate("a range between letters")
    assert isinstance(node.high, Name)
    own = f"_{node.high.name}"
    while own in free_names(node.body):
        own += "_"
    terms.sample[own] = 1
    body = terms.poly(substitute(node.body, {node.index: Name(own)}))
    match node.func:
        case "sum":
            terms.sums.append((body, own, node.high))
            return total(terms, body, own, node.high)
        case "max":
            return greatest(terms, body, own, node.high)
        case "min":
            return -greatest(terms, -body, own, node.high)
    if node.high == Name("K") and node.body == Indexed("rho", Name(node.index)):
        return terms.poly(Name("rho"))
    raise CannotEvaluate("a product over all of them")


def total(terms: Reader, body: Laurent, own: str, high: Name) -> Laurent:
    """The sum of a polynomial over the index `own`: factors free of it stand before the sum."""
    alphabet, found = terms.alphabet, Laurent.number(0)
    for m, c in body.terms.items():
        moving = tuple((i, e) for i, e in m if own in alphabet.table[i].names)
        fixed = Laurent({tuple(p for p in m if p not in moving): c})
        if moving == UNIT:
            found = found + fixed * terms.poly(high)
            continue
        node = Reduce("sum", own, ONE, high, alphabet.monomial_node(moving), implicit=True)
        signs = alphabet.nonnegative, alphabet.nonzero
        nonnegative = is_nonnegative(moving, signs[0])
        positive = nonnegative and vanishes_nowhere(moving, signs[1])
        letter = terms.opaque(node, "total", (own, high, moving), nonnegative=nonnegative, nonzero=positive)
        found = found + fixed * letter
    return found


def is_met(terms: Reader, monomial: Monomial, own: str, high: Name) -> bool:
    """Whether the sum of a monomial is a letter already, or the number of terms."""
    node = Reduce("sum", own, ONE, high, terms.alphabet.monomial_node(monomial), implicit=True)
    return not monomial or to_text(node) in terms.alphabet.known


def greatest(terms: Reader, body: Laurent, own: str, high: Name) -> Laurent:
    if own not in terms.alphabet.names_of(body):
        return body
    node = Reduce("max", own, ONE, high, terms.alphabet.node_of(body), implicit=True)
    signs = {"nonnegative": terms.alphabet.is_nonnegative(body), "nonzero": terms.alphabet.is_positive(body)}
    return terms.opaque(node, "greatest of all", (own, high, body), **signs)


def signed_output(n: Node) -> Node:
    """y_n f_n, of a single output."""
    return BinOp("*", Indexed("y", n), Indexed("f", n))
