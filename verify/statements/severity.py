"""How grave an error is, from what differs between a wrong form and its correction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ..claim import Form
from ..formula.nodes import Along, Call, Grad, Hess, Indexed, Limit, Logic, Name, Node, Num, Rate, Reduce, walk

SEVERITIES = ("slip", "constant", "hypothesis", "theorem")  # the mildest first
NUMBERS = frozenset({"K", "N", "p", "pi"})  # names of numbers of the setting


def severity(form: Form) -> str:
    """That of one wrong form.

    `slip`: the same words with other indices; `constant`: the same words and indices with other numbers, signs,
    factors; `hypothesis`: the same or another form under more; `theorem`: false as meant, or another statement is true.
    """
    if form.printed is None or form.corrected is None:
        return "theorem"
    if form.assuming:
        return "hypothesis"
    printed, corrected = form.printed.formula, form.corrected.formula
    if _words(printed) != _words(corrected):
        return "theorem"
    return "constant" if _indices(printed) == _indices(corrected) else "slip"


def gravest(forms: Iterable[Form]) -> str:
    """That of a claim: of the gravest of its wrong forms; '' where none is wrong."""
    found = [severity(f) for f in forms]
    return max(found, key=SEVERITIES.index, default="")


def _words(node: Node) -> Counter[str]:
    """What a formula speaks of, but for numbers and indices, each as often as it occurs."""
    found: Counter[str] = Counter()
    for n in walk(node):
        match n:
            case Indexed(base=base):
                found[base] += 1
            case Call(func=func) | Along(func=func) | Logic(func=func) | Reduce(func=func):
                found[func] += 1
            case Name(name=name) if name not in NUMBERS and (len(name) > 1 or name.isupper()):
                found[name] += 1
            case Grad() | Hess() | Rate() | Limit():
                found[type(n).__name__] += 1
    return found


def _indices(node: Node) -> Counter[str]:
    """The index expressions of a formula, each as often as it occurs."""
    found: Counter[str] = Counter()
    for n in walk(node):
        if isinstance(n, Indexed):
            inner = walk(n.index)
            names = "".join(sorted(x.name for x in inner if isinstance(x, Name)))
            numbers = ",".join(sorted(str(x.value) for x in inner if isinstance(x, Num)))
            found[f"{n.base}[{names}{numbers}]"] += 1
    return found
