"""Text to tree. Python's own parser reads the text; a whitelist decides what may stand in it.

Nothing is ever evaluated: `ast.parse` builds a syntax tree, and every node of it that is not in the
tables of `vocabulary` is refused with the place where it stands.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Iterable
from fractions import Fraction

from . import vocabulary as voc
from .constants import MAX_EXPONENT, power_height
from .dictionary import hint
from .errors import FormulaError
from .nodes import (
    Along,
    And,
    BinOp,
    Call,
    Compare,
    Grad,
    Hess,
    Indexed,
    Limit,
    Logic,
    Name,
    Neg,
    Node,
    Num,
    Rate,
    Reduce,
    Transpose,
    walk,
)

MAX_LENGTH = 2000  # characters
MAX_BRACKETS = 40  # nested
MAX_DEPTH = 64  # nested nodes; a sum of n terms is n - 1 deep
MAX_REDUCTIONS = 5  # nested sums, products, minima
MAX_DIGITS = 30  # of a number

_BINARY = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**", ast.MatMult: "@"}
_COMPARE = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.LtE: "<=",
    ast.GtE: ">=",
    ast.Lt: "<",
    ast.Gt: ">",
}
_ASCII = {
    "ρ": "rho",
    "λ": "lam",
    "π": "pi",
    "·": "*",
    "×": "*",
    "−": "-",
    "²": "**2",
    "ᵀ": ".T",
    "∑": "sum(n, ...)",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
}
_HINTS = {
    ast.BitXor: "'^' is not a power here: write '**'",
    ast.BitAnd: "'&' is not part of the language: join relations with 'and'",
    ast.BitOr: "'|' is not part of the language",
    ast.Lambda: "functions cannot be defined in a formula",
    ast.ListComp: "comprehensions are not part of the language: write sum(n, e)",
    ast.GeneratorExp: "comprehensions are not part of the language: write sum(n, e)",
    ast.JoinedStr: "text is not part of the language",
    ast.Or: "'or' is not part of the language: write implies(A, B) or two claims",
    ast.Not: "'not' is not part of the language: write the opposite relation",
    ast.NamedExpr: "assignment is not part of the language",
    ast.IfExp: "'if' is not part of the language: write implies(A, B)",
    ast.Tuple: "a formula is one term or relation; there is no tuple here",
    ast.List: "lists are not part of the language",
}


def parse(text: str, indices: Iterable[str] = (), quantities: Iterable[str] | None = None) -> Node:
    """Read a formula.

    Args:
        text: the formula, e.g. ``'d(rho[k]**2) == 2/N*sum(n, y[n]*f[n]*exp(-y[n]*f[n]))'``.
        indices: index variables bound outside, by `for`.
        quantities: names that a witness measures; when given they replace the names of the setting.

    Raises:
        FormulaError: with a caret under the first thing that cannot be read; `also` has other names that are unknown.
    """
    _check_text(text)
    reader = _Reader(text, frozenset(indices), None if quantities is None else frozenset(quantities))
    return reader.read()


def _check_text(text: str) -> None:
    """Bounds that hold before Python's parser sees the text."""
    if not text.strip():
        raise FormulaError("the formula is empty")
    if len(text) > MAX_LENGTH:
        raise FormulaError(f"the formula has {len(text)} characters; at most {MAX_LENGTH} are read")
    odd = re.search(r"[^\x20-\x7e\n]", text)
    if odd:
        met = odd.group()
        hint = f"write {_ASCII[met]}" if met in _ASCII else "write ASCII"
        raise FormulaError(f"character {met!r} cannot stand in a formula: {hint}", text, odd.start())
    if "#" in text:
        raise FormulaError("a comment cannot stand in a formula", text, text.index("#"))
    depth = 0
    for column, char in enumerate(text):
        depth += (char in "([{") - (char in ")]}")
        if depth > MAX_BRACKETS:
            raise FormulaError(f"more than {MAX_BRACKETS} nested brackets", text, column)


def _syntax_tree(text: str) -> ast.expr:
    flat = text.replace("\n", " ")
    offset = len(flat) - len(flat.lstrip())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            return ast.parse(flat.strip(), mode="eval").body
    except (RecursionError, MemoryError):
        raise FormulaError("the formula is nested too deeply to be read") from None
    except (SyntaxError, ValueError) as error:
        column = getattr(error, "offset", None)
        if single := re.search(r"(?<![=!<>])=(?!=)", text):
            raise FormulaError("'=' states nothing here: write '=='", text, single.start()) from None
        reason = getattr(error, "msg", str(error))
        at = None if column is None else max(0, column - 1 + offset)
        raise FormulaError(f"not a formula: {reason}", text, at) from None


class _Reader:
    """One pass over Python's syntax tree, carrying what is bound where."""

    def __init__(self, text: str, indices: frozenset[str], quantities: frozenset[str] | None):
        self.text, self.quantities = text, quantities
        self.bound: tuple[str, ...] = tuple(sorted(indices))
        self.depth = self.reductions = 0
        self.unknown: dict[str, FormulaError] = {}
        self.shift = len(text) - len(text.lstrip())

    def read(self) -> Node:
        """The tree; names that are unknown are told together."""
        try:
            tree = self.node(_syntax_tree(self.text))
        except FormulaError as error:
            if not self.unknown:
                raise
            if error.column not in {e.column for e in self.unknown.values()}:  # else it follows
                self.unknown[""] = error
        if self.unknown:
            first, *others = sorted(self.unknown.values(), key=lambda e: e.column or 0)
            first.also = tuple(others)
            raise first
        return tree

    def stand_in(self, word: str, error: FormulaError, tree: ast.AST) -> Name:
        """What stands for a name that is unknown while the rest is read."""
        self.unknown.setdefault(word, error)
        return Name(word, at=self.column(tree))

    def fail(self, message: str, where: ast.AST | None = None) -> FormulaError:
        return FormulaError(message, self.text, None if where is None else self.column(where))

    def column(self, where: ast.AST) -> int:
        return getattr(where, "col_offset", 0) + self.shift

    def node(self, tree: ast.expr) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.fail(f"more than {MAX_DEPTH} levels of nesting", tree)
        read: Callable[..., Node] | None = getattr(self, f"read_{type(tree).__name__.lower()}", None)
        if read is None:
            hint = _HINTS.get(type(tree), f"{type(tree).__name__} is not part of the formula language")
            raise self.fail(hint, tree)
        result = read(tree)
        self.depth -= 1
        return result

    # ---- leaves

    def read_constant(self, tree: ast.Constant) -> Node:
        if isinstance(tree.value, bool) or not isinstance(tree.value, int | float):
            kind = "text" if isinstance(tree.value, str | bytes) else repr(tree.value)
            raise self.fail(f"{kind} is not part of the language", tree)
        written = self.text[self.column(tree) : (tree.end_col_offset or 0) + self.shift]
        return Num(self.number(written, tree), at=self.column(tree))

    def number(self, written: str, tree: ast.AST) -> Fraction:
        mantissa, _, exponent = written.lower().replace("_", "").partition("e")
        if mantissa[:2] in ("0x", "0o", "0b"):
            raise self.fail(f"{written[:20]!r} is not a decimal number", tree)
        if len(mantissa) > MAX_DIGITS or (exponent and abs(int(exponent)) > MAX_EXPONENT):
            raise self.fail(f"the number {written[:20]}... has more than {MAX_DIGITS} digits", tree)
        try:
            return Fraction(written.replace("_", ""))
        except ValueError:
            raise self.fail(f"{written!r} is not a decimal number", tree) from None

    def read_name(self, tree: ast.Name) -> Node:
        word = tree.id
        if word in self.bound or word in self.constants():
            return Name(word, at=self.column(tree))
        if self.quantities is None and word in voc.INDEXED:
            raise self.fail(f"'{word}' needs an index: write {word}[{_index_letter(word)}]", tree)
        if self.quantities is None and word in voc.EVERY_WORD:
            raise self.fail(f"'{word}' is a function: write {word}(...)", tree)
        known = [*self.constants(), *self.bound, *voc.INDEXED]
        unbound = "; an index is bound by 'for' or by a sum" if len(word) == 1 else ""
        error = self.fail(f"unknown name '{word}'{hint(word, known)}{unbound}", tree)
        return self.stand_in(word, error, tree)

    def constants(self) -> Iterable[str]:
        return voc.CONSTANTS if self.quantities is None else (*self.quantities, "pi")

    # ---- operators

    def read_unaryop(self, tree: ast.UnaryOp) -> Node:
        if isinstance(tree.op, ast.USub):
            return Neg(self.node(tree.operand), at=self.column(tree))
        if isinstance(tree.op, ast.UAdd):
            return self.node(tree.operand)
        raise self.fail(_HINTS.get(type(tree.op), "this operator is not part of the language"), tree)

    def read_binop(self, tree: ast.BinOp) -> Node:
        op = _BINARY.get(type(tree.op))
        if op is None:
            raise self.fail(_HINTS.get(type(tree.op), "this operator is not part of the language"), tree)
        result = BinOp(op, self.node(tree.left), self.node(tree.right), at=self.column(tree))
        if op == "**":
            self.check_power(result, tree.right)
        return result

    def check_power(self, power: BinOp, exponent: ast.AST) -> None:
        if any(isinstance(n, BinOp) and n.op == "**" for n in walk(power.right)):
            raise self.fail("a power in an exponent is not read", exponent)
        if power_height(power, {}) > MAX_EXPONENT:
            raise self.fail(f"exponents, also of powers of powers, are at most {MAX_EXPONENT}", exponent)

    def read_attribute(self, tree: ast.Attribute) -> Node:
        if tree.attr != "T":
            raise self.fail(f"attribute '.{tree.attr}' is not part of the language; only '.T' is", tree)
        return Transpose(self.node(tree.value), at=self.column(tree))

    def read_subscript(self, tree: ast.Subscript) -> Node:
        base = tree.value
        if self.quantities is not None or not isinstance(base, ast.Name):
            raise self.fail("only W, V, rho, lam, decay, x, y, f, fV take an index", tree)
        if base.id not in (*voc.INDEXED, "decay"):
            near = hint(base.id, voc.INDEXED)
            known = base.id in voc.EVERY_WORD or base.id in self.bound
            told = f"'{base.id}' takes no index" if known else f"unknown name '{base.id}'"
            return self.stand_in(base.id, self.fail(f"{told}{near}", tree), tree)
        if isinstance(tree.slice, ast.Slice | ast.Tuple):
            raise self.fail("slices are not part of the language: write row, col or entry", tree)
        return Indexed(base.id, self.node(tree.slice), at=self.column(tree))

    # ---- relations

    def read_compare(self, tree: ast.Compare) -> Node:
        terms = [self.node(t) for t in (tree.left, *tree.comparators)]
        parts = []
        for op, left, right in zip(tree.ops, terms, terms[1:], strict=False):
            if type(op) not in _COMPARE:
                raise self.fail("this relation is not part of the language", tree)
            parts.append(Compare(_COMPARE[type(op)], left, right, at=self.column(tree)))
        return parts[0] if len(parts) == 1 else And(tuple(parts), at=self.column(tree))

    def read_boolop(self, tree: ast.BoolOp) -> Node:
        if isinstance(tree.op, ast.Or):
            raise self.fail(_HINTS[ast.Or], tree)
        return And(tuple(self.node(v) for v in tree.values), at=self.column(tree))

    # ---- calls

    def read_call(self, tree: ast.Call) -> Node:
        if not isinstance(tree.func, ast.Name):
            raise self.fail("only the functions of the vocabulary can be called", tree)
        word = tree.func.id
        if tree.keywords:
            raise self.fail(f"{word}(...) takes no keyword arguments", tree)
        if any(isinstance(a, ast.Starred) for a in tree.args):
            raise self.fail("'*' cannot stand before an argument", tree)
        readers = (
            (voc.REDUCTIONS, self.reduction),
            (voc.FUNCTIONS, self.function),
            (("grad",), self.gradient),
            (("hess",), self.hessian),
            (voc.FLOW_OF_RATE, self.rate),
            (voc.LOGIC, self.logic),
            (voc.ALONG, self.along),
            (("limit",), self.limit),
        )
        for words, read in readers:
            if word in words:
                return read(word, tree)
        if word in voc.INDEXED:
            raise self.fail(f"'{word}' is not a function: write {word}[{_index_letter(word)}]", tree)
        near = hint(word, set(voc.EVERY_WORD) - set(voc.INDEXED) - set(voc.CONSTANTS))
        raise self.fail(f"'{word}' is not a function of the vocabulary{near}", tree)

    def count(self, word: str, tree: ast.Call, least: int, most: int) -> None:
        met = len(tree.args)
        if not least <= met <= most:
            wanted = str(least) if least == most else f"{least} to {most}"
            raise self.fail(f"{word}(...) takes {wanted} arguments, {met} given", tree)

    def function(self, word: str, tree: ast.Call) -> Node:
        self.count(word, tree, *voc.FUNCTIONS[word])
        if word == "vec" and isinstance(tree.args[0], ast.Name) and tree.args[0].id == "W":
            return Call("vec", (Name("W", at=self.column(tree.args[0])),), at=self.column(tree))
        return Call(word, tuple(self.node(a) for a in tree.args), at=self.column(tree))

    def reduction(self, word: str, tree: ast.Call) -> Node:
        if word in ("min", "max") and len(tree.args) == 2 and not self.is_index(tree.args[0]):
            return Call(word, tuple(self.node(a) for a in tree.args), at=self.column(tree))
        if len(tree.args) not in (2, 4):
            raise self.fail(f"write {word}(n, e) or {word}(i, first, last, e)", tree)
        index = self.index_name(word, tree.args[0])
        low_high = [self.node(a) for a in tree.args[1:-1]]
        body = self.under_index(index, tree)
        at = self.column(tree)
        if low_high:
            return Reduce(word, index, low_high[0], low_high[1], body, at=at)
        high = self.inferred_end(index, body, tree)
        return Reduce(word, index, Num(Fraction(1)), Name(high), body, implicit=True, at=at)

    def is_index(self, tree: ast.expr) -> bool:
        """Whether a name is meant as an index: max(n, e) is over n, max(a, b) the greater of two."""
        return isinstance(tree, ast.Name) and tree.id not in self.constants()

    def under_index(self, index: str, tree: ast.Call) -> Node:
        """The body of a sum, in which its index is bound."""
        outside = self.bound
        self.bound = (*outside, index)
        self.reductions += 1
        if self.reductions > MAX_REDUCTIONS:
            raise self.fail(f"more than {MAX_REDUCTIONS} sums or products inside one another", tree)
        body = self.node(tree.args[-1])
        self.bound = outside
        self.reductions -= 1
        return body

    def index_name(self, word: str, tree: ast.expr) -> str:
        if not isinstance(tree, ast.Name):
            raise self.fail(f"the first argument of {word} is the name of an index", tree)
        if tree.id in voc.EVERY_WORD:
            raise self.fail(f"an index cannot be named like the vocabulary's '{tree.id}'", tree)
        if tree.id in self.bound:
            raise self.fail(f"index '{tree.id}' is already bound outside: choose another name", tree)
        return tree.id

    def inferred_end(self, index: str, body: Node, tree: ast.AST) -> str:
        """'N' or 'K', from how the index is used."""
        uses = index_uses(body, index) if not self.unknown else {"example"}  # what is unknown may say more
        if uses == {"example"}:
            return "N"
        if uses == {"layer"}:
            return "K"
        if uses == {"example", "layer"}:
            raise self.fail(f"index '{index}' runs over examples and over layers", tree)
        raise self.fail(f"the range of '{index}' does not follow from its use: write it out", tree)

    def layer_variable(self, tree: ast.expr, bases: tuple[str, ...], word: str) -> Indexed:
        node = self.node(tree)
        if not isinstance(node, Indexed) or node.base not in bases:
            allowed = ", ".join(f"{b}[k]" for b in bases)
            raise self.fail(f"{word} is taken with respect to {allowed}", tree)
        return node

    def gradient(self, word: str, tree: ast.Call) -> Node:
        self.count(word, tree, 1, 2)
        body = self.node(tree.args[0])
        wrt = self.layer_variable(tree.args[1], ("W", "V", "rho"), "grad") if len(tree.args) == 2 else None
        return Grad(body, wrt, at=self.column(tree))

    def hessian(self, word: str, tree: ast.Call) -> Node:
        self.count(word, tree, 1, 3)
        body, at = self.node(tree.args[0]), self.column(tree)
        if len(tree.args) == 1:
            return Hess(body, None, None, "W", at=at)
        if len(tree.args) == 2:
            space = tree.args[1]
            if not isinstance(space, ast.Name) or space.id not in ("W", "V"):
                raise self.fail("write hess(e), hess(e, V) or hess(e, W[j], W[k])", tree.args[1])
            return Hess(body, None, None, space.id, at=at)
        first, second = (self.layer_variable(a, ("W", "V"), "hess") for a in tree.args[1:])
        if first.base != second.base:
            raise self.fail("derivatives by W and by V do not mix", tree)
        return Hess(body, first, second, first.base, at=at)

    def rate(self, word: str, tree: ast.Call) -> Node:
        self.count(word, tree, 1, 1)
        return Rate(self.node(tree.args[0]), voc.FLOW_OF_RATE[word], at=self.column(tree))

    def logic(self, word: str, tree: ast.Call) -> Node:
        self.count(word, tree, voc.LOGIC[word], voc.LOGIC[word])
        return Logic(word, tuple(self.node(a) for a in tree.args), at=self.column(tree))

    def along(self, word: str, tree: ast.Call) -> Node:
        self.count(word, tree, voc.ALONG[word], voc.ALONG[word])
        return Along(word, tuple(self.node(a) for a in tree.args), at=self.column(tree))

    def limit(self, word: str, tree: ast.Call) -> Node:
        self.count(word, tree, 1, 2)
        variable = "t"
        if len(tree.args) == 2:
            if not (isinstance(tree.args[1], ast.Name) and tree.args[1].id == "decay"):
                raise self.fail("write limit(e) or limit(e, decay)", tree.args[1])
            variable = "decay"
        return Limit(self.node(tree.args[0]), variable, at=self.column(tree))


def _index_letter(word: str) -> str:
    return "k" if word in voc.LAYERED else "n"


def index_uses(body: Node, index: str) -> set[str]:
    """How an index is used: 'layer' as in W[k], 'example' as in x[n], 'other' in any other place."""
    uses: set[str] = set()
    seen = 0
    for node in walk(body):
        if isinstance(node, Indexed) and node.index == Name(index):
            uses.add("example" if node.base in voc.PER_EXAMPLE else "layer")
            seen += 1
        elif isinstance(node, Call) and node.func in ("pre", "gate", "onehot"):
            kinds = ("example",) if node.func == "onehot" else ("layer", "example")
            for kind, arg in zip(kinds, node.args, strict=True):
                if arg == Name(index):
                    uses.add(kind)
                    seen += 1
    # any occurrence beyond those counted above says nothing about the range, but W[k+1] forbids guessing
    shifted = any(
        isinstance(n, Indexed) and n.index != Name(index) and Name(index) in walk(n.index) for n in walk(body)
    )
    return {"other"} if shifted or not seen else uses
