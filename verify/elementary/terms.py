"""Scalar terms as polynomials in letters: arithmetic is carried out, whatever else stands in a term is a letter.

Terms are read at the sizes of one list of widths, or `symbolic`ally: then indices, N and K stay letters, sums and
extremes over all examples or layers are letters too, and what follows holds for every number of them.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from derivations.exact.laurent import Laurent, Monomial, power, product
from derivations.exact.letters import rational_root
from derivations.exact.positivstellensatz import Constraint

from ..claim import Setting
from ..formula.nodes import BinOp, Call, Indexed, Name, Neg, Node, Num, Reduce, Transpose, free_names, substitute
from ..formula.shapes import ShapeChecker, integer
from ..formula.sizes import SCALAR, normal
from ..formula.text import to_text
from ..formula.vocabulary import LAYERED, PER_EXAMPLE
from ..world import CannotEvaluate
from . import matrices, network
from .alphabet import Alphabet

MOST_EXPANDED = 8  # exponent of a sum that is multiplied out
MOST_TERMS = 120  # of a polynomial
ONE = Num(Fraction(1))


class Terms:
    """Reads terms of one setting at one list of widths.

    Attributes:
        domain: what holds wherever the terms exist.
        sized: whether a size of the setting was used.
        sample: a value of each free index; in symbolic terms for shapes alone.
        choices: which of the values each greatest one is taken to be, by its name.
        spoken: the indexed words of the statement.
        until: the processor time at which the search ends.
        sums: what is summed over all examples or layers, with the index and the end of its range.
    """

    def __init__(
        self,
        setting: Setting,
        widths: tuple[int, ...],
        symbolic: bool,
        sample: Mapping[str, int],
        choices: Mapping[str, int] | None = None,
        spoken: Iterable[Indexed] = (),
        until: float = float("inf"),
    ):
        self.setting, self.widths, self.symbolic = setting, widths, symbolic
        self.sizes = setting.sizes(widths)
        self.sample = dict(sample)
        self.choices = choices or {}
        self.spoken, self.until = list(spoken), until
        self.sums: list[tuple[Laurent, str, Name]] = []
        self.alphabet = Alphabet()
        self.domain: list[Constraint] = []
        self.sized = not symbolic
        self._read: dict[str, Laurent] = {}
        self._shapes = ShapeChecker(self.sizes)

    def shape(self, node: Node) -> tuple[int, ...]:
        return normal(self._shapes.shape(node, self.sample))

    def is_late(self) -> bool:
        """Whether the processor time given to the statement is over."""
        return time.process_time() > self.until

    def indices(self, of_example: bool) -> list[Node]:
        """The indices of examples, or of layers, that the statement speaks of."""
        bases = PER_EXAMPLE if of_example else LAYERED
        return list(dict.fromkeys(word.index for word in self.spoken if word.base in bases))

    def integer(self, node: Node) -> int:
        """The value of an index; in symbolic terms only of a number."""
        return integer(node, {} if self.symbolic else self.sample, self.sizes)

    def poly(self, node: Node) -> Laurent:
        """A scalar term as a polynomial."""
        text = to_text(node)
        if text not in self._read:
            found = self._poly(node)
            if len(found.terms) > MOST_TERMS:
                raise CannotEvaluate("a term with too many parts")
            self._read[text] = found
        return self._read[text]

    def _poly(self, node: Node) -> Laurent:
        match node:
            case Num(value=value):
                return Laurent.number(value)
            case Name(name=name):
                return self._name(name)
            case Indexed():
                return self._indexed(node)
            case Neg(arg=arg):
                return -self.poly(arg)
            case Transpose(arg=arg):
                return self.poly(arg)
            case BinOp():
                return self._binary(node)
            case Reduce():
                return self._reduce(node)
            case Call():
                return self._call(node)
        return self.opaque(node)

    def opaque(self, node: Node, kind: str = "term", data: Any = None, **signs: bool) -> Laurent:
        """A letter for a term."""
        return Laurent.letter(self.alphabet.letter(node, kind, data, **signs))

    # ---- words

    def _name(self, name: str) -> Laurent:
        if name in self.sample and not self.symbolic:
            return Laurent.number(self.sample[name])
        match name:
            case "N" | "K" if not self.symbolic:
                return Laurent.number(self.sizes.examples if name == "N" else self.sizes.depth)
            case "L":
                return self.poly(network.loss(self))
            case "margin":
                written = network.margin(self.setting)
                return self.opaque(Name(name)) if written is None else self.poly(written)
            case "rho":
                return self._norm_product()
            case "p":
                return Laurent.number(self.setting.degree)
            case "decay" if isinstance(self.setting.weight_decay, Fraction | int):
                return Laurent.number(self.setting.weight_decay)
            case "pi":
                return self.opaque(Name(name), "number", nonnegative=True, nonzero=True)
        positive = name in ("N", "K") or name in self.sample or (name == "decay" and self.setting.weight_decay == "any")
        return self.opaque(Name(name), nonnegative=positive, nonzero=positive)

    def _norm_product(self) -> Laurent:
        if self.symbolic:
            return self.opaque(Name("rho"), nonnegative=True)
        total = Laurent.number(1)
        for k in range(1, self.sizes.depth + 1):
            total = total * self.poly(Indexed("rho", Num(Fraction(k))))
        return total

    def _indexed(self, node: Indexed) -> Laurent:
        match node.base:
            case "rho":
                return matrices.norm(self, Indexed("W", node.index))
            case "decay":
                return network.decay_of(self, node)
        if node.base in ("W", "V", "x"):
            self.sized = True  # a scalar by the widths of the setting
        return self.opaque(node, "term" if node.base != "y" else "label")

    # ---- arithmetic

    def _binary(self, node: BinOp) -> Laurent:
        if self.shape(node) != SCALAR:
            raise CannotEvaluate("a matrix where a scalar is wanted")
        if node.op == "**":
            return self._power(node)
        if self.shape(node.left) != SCALAR or self.shape(node.right) != SCALAR:
            return matrices.scalar_product(self, node)
        left, right = self.poly(node.left), self.poly(node.right)
        match node.op:
            case "+":
                return left + right
            case "-":
                return left - right
            case "/":
                return left * self.inverse(right)
        return left * right

    def inverse(self, poly: Laurent) -> Laurent:
        """1/poly, which is not zero wherever the term exists."""
        index, coefficient = self.single(poly)
        self.alphabet.nonzero |= {i for i, _ in index}
        return Laurent({power(index, -1): Fraction(1) / coefficient})

    def single(self, poly: Laurent) -> tuple[Monomial, Fraction]:
        """(monomial, coefficient) equal to the polynomial, of a letter of its own if it has several terms."""
        if poly.is_zero():
            raise CannotEvaluate("zero stands where it must not")
        alone = poly.monomial()
        if alone is not None:
            return alone
        positive = self.alphabet.is_nonnegative(poly)
        index = self.alphabet.letter(self.alphabet.node_of(poly), "value", poly, nonnegative=positive)
        if self.alphabet.is_positive(poly):
            self.alphabet.nonzero.add(index)
        return ((index, 1),), Fraction(1)

    def _power(self, node: BinOp) -> Laurent:
        exponent = self.poly(node.right).constant()
        if exponent is None:
            return self.opaque(node)
        if exponent == 2 and isinstance(node.left, Call) and node.left.func == "norm":
            return matrices.squared_norm(self, node.left.args[0])
        return self.raised(self.poly(node.left), exponent)

    def raised(self, base: Laurent, exponent: Fraction) -> Laurent:
        """A power with a rational exponent."""
        if exponent < 0:
            return self.inverse(self.raised(base, -exponent))
        if exponent.denominator > 1:
            return self.root(base, exponent.denominator, int(exponent.numerator))
        if exponent <= MOST_EXPANDED and len(base.terms) ** int(exponent) <= MOST_TERMS:
            return base ** int(exponent)
        monomial, coefficient = self.single(base)
        return Laurent({power(monomial, exponent): Fraction(coefficient) ** int(exponent)})

    def root(self, base: Laurent, degree: int, times: int = 1) -> Laurent:
        """base^(times/degree), by letters that are not negative; the base is not negative where it exists."""
        if base.is_zero():
            return base
        monomial, coefficient = self.single(base)
        exact = rational_root(abs(coefficient), degree)
        number = abs(coefficient)
        total = self._root_of_number(number, degree, times) if exact is None else Laurent.number(exact**times)
        self._exists(monomial, coefficient, ">=", "under a root")
        for i, e in monomial:
            total = total * Laurent({power(self._magnitude(i), e * Fraction(times, degree)): Fraction(1)})
        return total

    def _exists(self, monomial: Monomial, coefficient: Fraction, relation: str, where: str) -> None:
        """Keep what holds wherever a root or a logarithm exists."""
        self.domain.append(Constraint(Laurent({monomial: coefficient}), relation, where))
        if coefficient > 0 and len(monomial) == 1 and monomial[0][1] == 1:
            self.alphabet.nonnegative.add(monomial[0][0])

    def _root_of_number(self, value: Fraction, degree: int, times: int) -> Laurent:
        node = BinOp("**", self.alphabet.node_of(Laurent.number(value)), BinOp("/", ONE, Num(Fraction(degree))))
        index = self.alphabet.letter(node, "root", (value, degree), nonnegative=True, nonzero=True)
        return Laurent.letter(index, times)

    def _magnitude(self, index: int) -> Monomial:
        """The monomial of |letter|."""
        if index in self.alphabet.nonnegative:
            return ((index, 1),)
        node = Call("abs", (self.alphabet.table[index].node,))
        nonzero = index in self.alphabet.nonzero
        own = self.alphabet.letter(node, "abs", Laurent.letter(index), nonnegative=True, nonzero=nonzero)
        return ((own, 1),)

    def absolute(self, poly: Laurent) -> Laurent:
        if poly.is_zero():
            return poly
        monomial, coefficient = self.single(self._oriented(poly))
        return Laurent({product(*(power(self._magnitude(i), e) for i, e in monomial)): abs(coefficient)})

    def _oriented(self, poly: Laurent) -> Laurent:
        """The polynomial or its opposite: the one whose first coefficient is positive."""
        return poly if min(poly.terms.items())[1] > 0 else -poly

    # ---- sums and extremes

    def _reduce(self, node: Reduce) -> Laurent:
        if self.symbolic and not self._counted(node):
            return network.over_all(self, node)
        low, high = self.integer(node.low), self.integer(node.high)
        bodies = [substitute(node.body, {node.index: Num(Fraction(i))}) for i in range(low, high + 1)]
        values = [self.poly(b) for b in bodies]
        if node.func in ("min", "max"):
            if not values:
                raise CannotEvaluate(f"{node.func} over an empty range")
            return self.extreme(node.func, values)
        total = Laurent.number(int(node.func == "prod"))
        for v in values:
            total = total * v if node.func == "prod" else total + v
        return total

    def _counted(self, node: Reduce) -> bool:
        """Whether the ends of a range are numbers, in symbolic terms."""
        return not (free_names(node.low) | free_names(node.high))

    def extreme(self, func: str, values: list[Laurent]) -> Laurent:
        """The greatest of values, min as -max of the opposites."""
        if func == "min":
            return -self.extreme("max", [-v for v in values])
        distinct = sorted({v.key(): v for v in values}.values(), key=Laurent.key)
        if len(distinct) == 1:
            return distinct[0]
        node = Call("max", tuple(self.alphabet.node_of(v) for v in distinct))
        name = to_text(node)
        if name in self.choices:
            chosen = distinct[self.choices[name]]
            self.domain += [Constraint(chosen - v, ">=", "the case of this one") for v in distinct if v != chosen]
            return chosen
        some = any(self.alphabet.is_nonnegative(v) for v in distinct)
        return self.opaque(node, "greatest", tuple(distinct), nonnegative=some)

    # ---- functions

    def _call(self, node: Call) -> Laurent:
        match node.func:
            case "exp":
                return self.exponential(self.poly(node.args[0]))
            case "log":
                return self.logarithm(self.poly(node.args[0]))
            case "sqrt":
                return self.root(self.poly(node.args[0]), 2)
            case "abs":
                return self.absolute(self.poly(node.args[0]))
            case "min" | "max":
                return self.extreme(node.func, [self.poly(a) for a in node.args])
            case "sign":
                return self._sign(self.poly(node.args[0]))
            case "act" | "act1" | "act2":
                return network.activation(self, node)
            case "entry":
                return network.entry(self, node)
            case "rows" | "cols":
                self.sized = True
                return Laurent.number(integer(node, self.sample, self.sizes))
        return matrices.call(self, node)

    def exponential(self, argument: Laurent) -> Laurent:
        """exp of a sum is a product of powers of exp of each monomial; exp(c log a) = a^c."""
        total = Laurent.number(1)
        for m, c in argument.terms.items():
            total = total * self._exponential_of(m, c)
        return total

    def _exponential_of(self, m: Monomial, c: Fraction) -> Laurent:
        if len(m) == 1 and m[0][1] == 1 and self.alphabet.table[m[0][0]].kind == "log":
            inner = self.alphabet.table[m[0][0]].data
            if inner.constant() is None:
                return Laurent({power(inner.monomial()[0], c): Fraction(1)})
        node = Call("exp", (self.alphabet.monomial_node(m),))
        index = self.alphabet.letter(node, "exp", Laurent({m: Fraction(1)}), nonnegative=True, nonzero=True)
        return Laurent.letter(index, c)

    def logarithm(self, argument: Laurent) -> Laurent:
        """log of a product of positive factors is the sum of theirs; log exp(a) = a."""
        monomial, coefficient = self.single(argument)
        self._exists(monomial, coefficient, ">", "under a logarithm")
        self.alphabet.nonzero |= {i for i, _ in monomial}
        total = self._logarithm_of_number(abs(coefficient))
        for i, e in monomial:
            letter = self.alphabet.table[i]
            if letter.kind == "exp":
                total = total + letter.data.scaled(e)
                continue
            ((own, _),) = self._magnitude(i)
            self.alphabet.nonzero.add(own)
            node = Call("log", (self.alphabet.table[own].node,))
            total = total + self.opaque(node, "log", Laurent.letter(own)).scaled(Fraction(e))
        return total

    def _logarithm_of_number(self, value: Fraction) -> Laurent:
        total = Laurent.number(0)
        for number, sign in ((value.numerator, 1), (value.denominator, -1)):
            for prime, times in factors(number):
                node = Call("log", (Num(Fraction(prime)),))
                own = self.opaque(node, "log", Laurent.number(prime), nonnegative=True, nonzero=True)
                total = total + own.scaled(Fraction(sign * times))
        return total

    def _sign(self, argument: Laurent) -> Laurent:
        monomial, coefficient = self.single(argument)
        total = Laurent.number(1 if coefficient > 0 else -1)
        self.alphabet.nonzero |= {i for i, _ in monomial}
        for i, e in monomial:
            if i not in self.alphabet.nonnegative and e.numerator % 2:
                node = Call("sign", (self.alphabet.table[i].node,))
                total = total * self.opaque(node, "sign", Laurent.letter(i), nonzero=True)
        return total


def factors(number: int) -> list[tuple[int, int]]:
    """Prime factors of a positive integer with their powers; what has none below 1000 stays as it is."""
    found = []
    for prime in range(2, 1000):
        times = 0
        while number % prime == 0:
            number, times = number // prime, times + 1
        if times:
            found.append((prime, times))
    return found + ([(number, 1)] if number > 1 else [])
