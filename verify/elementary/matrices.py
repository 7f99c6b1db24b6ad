"""Matrix terms as sums of words in layers, inputs and other parts, and the norms, products and spectra of them.

A word is a product of parts, each plain or transposed; vectors are columns, the empty word is the identity. The trace
of a word depends on its cyclic order alone, up to transposition, and that of u u^T is |u|^2.
"""

from __future__ import annotations

from fractions import Fraction

from derivations.exact.laurent import Laurent
from derivations.exact.positivstellensatz import Constraint

from ..formula.nodes import BinOp, Call, Indexed, Name, Neg, Node, Num, Reduce, Transpose, free_names, substitute
from ..formula.sizes import SCALAR
from ..formula.text import to_text
from ..formula.vocabulary import SPECTRAL
from ..world import CannotEvaluate
from .reading import Reader

Part = tuple[Node, bool]  # a matrix or vector, and whether it is transposed
Word = tuple[Part, ...]
Form = dict[Word, Laurent]  # a sum of words with scalar factors
MOST_WORDS = 8


def transposed(word: Word) -> Word:
    return tuple((node, not turned) for node, turned in reversed(word))


def order(word: Word) -> tuple:
    """A key by which words are put in order."""
    return tuple((to_text(node), turned) for node, turned in word)


def form(terms: Reader, node: Node) -> Form:
    """A vector or matrix as a sum of words."""
    match node:
        case Indexed(base="V", index=index):
            rho = terms.poly(Indexed("rho", index))
            return {((Indexed("W", index), False),): terms.inverse(rho)}
        case Neg(arg=arg):
            return scaled(form(terms, arg), Laurent.number(-1))
        case Transpose(arg=arg) if len(terms.shape(arg)) == 2:
            return {transposed(w): c for w, c in form(terms, arg).items()}
        case Transpose(arg=arg):
            return form(terms, arg)
        case BinOp():
            return _binary(terms, node)
        case Reduce(func="sum") if not (terms.symbolic and free_names(node.low) | free_names(node.high)):
            low, high = terms.integer(node.low), terms.integer(node.high)
            each = [substitute(node.body, {node.index: Num(Fraction(i))}) for i in range(low, high + 1)]
            return added(*(form(terms, e) for e in each))
        case Call(func="outer", args=(a, b)):
            return multiplied(_column(terms, a), {transposed(w): c for w, c in _column(terms, b).items()})
        case Call(func="eye"):
            terms.sized = True
            return {(): Laurent.number(1)}
        case Call(func="zeros_like"):
            return {}
    return {((node, False),): Laurent.number(1)}


def _column(terms: Reader, node: Node) -> Form:
    if len(terms.shape(node)) != 1:
        raise CannotEvaluate("a vector written as a matrix")
    return form(terms, node)


def _binary(terms: Reader, node: BinOp) -> Form:
    left, right = terms.shape(node.left), terms.shape(node.right)
    if node.op in "+-":
        if left != right:
            raise CannotEvaluate("a vector beside a matrix of one row")
        second = form(terms, node.right)
        return added(form(terms, node.left), second if node.op == "+" else scaled(second, Laurent.number(-1)))
    if node.op == "/":
        return scaled(form(terms, node.left), terms.inverse(terms.poly(node.right)))
    if left == SCALAR or right == SCALAR:
        factor, matrix = (node.left, node.right) if left == SCALAR else (node.right, node.left)
        return scaled(form(terms, matrix), terms.poly(factor))
    return product_form(terms, node)


def product_form(terms: Reader, node: BinOp) -> Form:
    """A @ B; a vector on the left of a matrix is a row there and a column as the result."""
    left, right = terms.shape(node.left), terms.shape(node.right)
    a, b = form(terms, node.left), form(terms, node.right)
    if left[-1] != right[0]:
        raise CannotEvaluate("a product of vectors written as matrices")
    if len(left) == 1 and len(right) == 2:
        return multiplied({transposed(w): c for w, c in b.items()}, a)
    if len(left) == 1:
        return multiplied({transposed(w): c for w, c in a.items()}, b)
    return multiplied(a, b)


def added(*forms: Form) -> Form:
    total: Form = {}
    for each in forms:
        for word, c in each.items():
            total[word] = total.get(word, Laurent.number(0)) + c
    if len(total) > MOST_WORDS:
        raise CannotEvaluate("a matrix of too many parts")
    return {w: c for w, c in total.items() if not c.is_zero()}


def scaled(one: Form, factor: Laurent) -> Form:
    return {} if factor.is_zero() else {w: c * factor for w, c in one.items()}


def multiplied(a: Form, b: Form) -> Form:
    return added(*({u + v: c * d} for u, c in a.items() for v, d in b.items()))


# ---- scalars made of matrices


def norm(terms: Reader, node: Node) -> Laurent:
    """|A|, of one word without its factor; rho[k] is |W_k|."""
    if isinstance(node, Call) and node.func == "vec" and node.args != (Name("W"),):
        return norm(terms, node.args[0])
    if isinstance(node, Indexed) and node.base == "V":
        terms.inverse(terms.poly(Indexed("rho", node.index)))
        return Laurent.number(1)
    if terms.shape(node) == SCALAR:
        if isinstance(node, Indexed) and node.base == "W" and terms.symbolic:
            return terms.opaque(Indexed("rho", node.index), "norm", None, nonnegative=True)
        return terms.absolute(terms.poly(node))
    return norm_of_form(terms, form(terms, node))


def norm_of_form(terms: Reader, one: Form) -> Laurent:
    if not one:
        return Laurent.number(0)
    if len(one) == 1:
        ((word, c),) = one.items()
        return terms.absolute(c) * norm_of_word(terms, word)
    return terms.opaque(Call("norm", (node_of(terms, one),)), "norm", one, nonnegative=True)


def norm_of_word(terms: Reader, word: Word) -> Laurent:
    if not word:
        raise CannotEvaluate("the norm of an identity")
    for i in range(1, len(word)):
        if _is_vector(terms, word[i - 1]) and not word[i - 1][1] and _is_vector(terms, word[i]) and word[i][1]:
            return norm_of_word(terms, word[:i]) * norm_of_word(terms, word[i:])  # |a b^T| = |a| |b|
    word = min(word, transposed(word), key=order)
    if len(word) == 1 and isinstance(word[0][0], Indexed) and word[0][0].base == "W":
        node: Node = Indexed("rho", word[0][0].index)
    elif len(word) == 1:
        node = Call("norm", (word[0][0],))
    else:
        node = Call("norm", (node_of_word(word),))
    return terms.opaque(node, "norm", {word: Laurent.number(1)}, nonnegative=True)


def _is_vector(terms: Reader, part: Part) -> bool:
    return len(terms.shape(part[0])) == 1


def squared_norm(terms: Reader, node: Node) -> Laurent:
    """|A|^2, multiplied out where A is a sum."""
    if terms.shape(node) == SCALAR:
        return terms.poly(node) ** 2
    if isinstance(node, Call) and node.func == "vec" and node.args != (Name("W"),):
        return squared_norm(terms, node.args[0])
    one = form(terms, node)
    if len(one) == 1:
        return norm_of_form(terms, one) ** 2
    square = square_of_form(terms, one, terms.shape(node)[-1:])
    terms.domain.append(Constraint(square, ">=", "<A, A> >= 0"))
    return square


def square_of_form(terms: Reader, one: Form, shape: tuple[int, ...]) -> Laurent:
    return trace_of_form(terms, multiplied({transposed(w): c for w, c in one.items()}, one), shape)


def trace_of_form(terms: Reader, one: Form, shape: tuple[int, ...]) -> Laurent:
    total = Laurent.number(0)
    for word, c in one.items():
        if not word and not shape:
            raise CannotEvaluate("the trace of an identity of unknown size")
        total = total + c * (trace_of_word(terms, word) if word else Laurent.number(shape[0]))
    return total


def trace_of_word(terms: Reader, word: Word) -> Laurent:
    """tr(word): |u|^2 of u u^T in any cyclic order, else a letter."""
    half = gram_root(word)
    if half is not None:
        return norm_of_word(terms, half) ** 2
    turns = [v[i:] + v[:i] for v in (word, transposed(word)) for i in range(len(word))]
    least = min(turns, key=order)
    return terms.opaque(Call("tr", (node_of_word(least),)), "trace", least)


def gram_root(word: Word, cyclic: bool = True) -> Word | None:
    """u if the word is u u^T, after some turn of it if `cyclic`."""
    if len(word) % 2 or not word:
        return None
    for i in range(len(word) if cyclic else 1):
        turned = word[i:] + word[:i]
        half = turned[: len(word) // 2]
        if turned[len(word) // 2 :] == transposed(half):
            return half
    return None


def scalar_product(terms: Reader, node: BinOp) -> Laurent:
    """A product of matrices that is a scalar."""
    return trace_of_form(terms, product_form(terms, node), SCALAR)


def dot(terms: Reader, a: Node, b: Node) -> Laurent:
    left, right = terms.shape(a), terms.shape(b)
    if left == SCALAR:
        return terms.poly(a) * terms.poly(b)
    if left != right:
        raise CannotEvaluate("a product of vectors written as matrices")
    turned = {transposed(w): c for w, c in form(terms, a).items()}
    return trace_of_form(terms, multiplied(turned, form(terms, b)), left[-1:])


def call(terms: Reader, node: Call) -> Laurent:
    """Functions of matrices; any other is a letter."""
    match node.func:
        case "norm":
            return norm(terms, node.args[0])
        case "dot":
            return dot(terms, *node.args)
        case "tr" if terms.shape(node.args[0]) != SCALAR:
            return trace_of_form(terms, form(terms, node.args[0]), terms.shape(node.args[0]))
        case "tr":
            return terms.poly(node.args[0])
    if node.func in SPECTRAL and len(terms.shape(node.args[0])) == 2:
        return spectral(terms, node.func, form(terms, node.args[0]), terms.shape(node.args[0])[0])
    return terms.opaque(node)


def spectral(terms: Reader, func: str, one: Form, size: int) -> Laurent:
    """A rank or an end of a spectrum; of one word as that of the shorter one that has the same."""
    terms.sized = True
    if not one:
        return Laurent.number(size if func == "nullity" else 0)
    if func == "nullity":
        return Laurent.number(size) - spectral(terms, "rank", one, size)
    if len(one) == 1 and func in ("rank", "eigmax"):
        ((word, c),) = one.items()
        root = gram_root(word, cyclic=False)
        if func == "rank" and c.constant() is not None:
            shorter = root if root is not None else word
            one = {min(shorter, transposed(shorter), key=order): Laurent.number(1)}
        elif func == "eigmax" and root and terms.alphabet.is_nonnegative(c):
            other = transposed(root)
            one = {min(word, other + root, key=order): c}
    return terms.opaque(Call(func, (node_of(terms, one),)), func, (one, size), nonnegative=func in ("rank", "distinct"))


# ---- back to terms of the language, as names of letters


def node_of_word(word: Word) -> Node:
    total: Node | None = None
    for node, turned in word:
        part = Transpose(node) if turned else node
        total = part if total is None else BinOp("@", total, part)
    return Name("eye") if total is None else total


def node_of(terms: Reader, one: Form) -> Node:
    total: Node | None = None
    for word, c in sorted(one.items(), key=lambda item: order(item[0])):
        part = node_of_word(word)
        if c != Laurent.number(1):
            part = BinOp("*", terms.alphabet.node_of(c), part)
        total = part if total is None else BinOp("+", total, part)
    assert total is not None
    return total


def sides(terms: Reader, word: Word) -> list[int]:
    """The numbers of rows and columns of the parts of a word: none is less than its rank."""
    found: list[int] = []
    for node, _ in word:
        shape = terms.shape(node)
        found += shape if len(shape) == 2 else [*shape, 1]
    return found
