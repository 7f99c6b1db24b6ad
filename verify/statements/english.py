"""A statement read back in English, from its tree and its class or settings alone: what was judged, not what was meant.

Terms stay formulas; quantifiers, logic, places, trajectories and the world are put in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from ..about import About, Decay, Span
from ..claim import Setting, Statement
from ..formula.nodes import Along, And, Compare, Limit, Logic, Node, walk
from ..formula.shapes import Range
from ..formula.text import to_text

_RELATIONS = {"==": "equals", "!=": "differs from", "<": "is less than", "<=": "is at most", ">": "is greater than"}
_RELATIONS[">="] = "is at least"
_ALONG = {
    "conserved": "{0} never changes along the trajectory",
    "nondecreasing": "{0} never falls along the trajectory",
    "nonincreasing": "{0} never rises along the trajectory",
    "diverges": "the size of {0} grows without bound as t → ∞",
    "converges": "{0} tends to a limit as t → ∞",
    "bounded": "{0} stays bounded",
    "asymptotic": "the ratio of {0} to {1} tends to 1 as t → ∞",
    "outgrows": "the ratio of {0} to {1} tends to infinity as t → ∞",
    "independent_of_start": "{0} is the same from every admissible start, on the same data",
}
_LOGIC = {
    "implies": "if {0}, then {1}",
    "iff": "{0} exactly if {1}",
    "somewhere": "for some admissible data and weights, {0}",
    "generically": "outside of a null set, {0}",
}
_PLACES = {
    "stationary": "at every finite stationary point of the loss",
    "minimum": "at every local minimum of the loss",
    "stationary-direction": "wherever all directions rest at the given norms",
    "interpolating": "wherever the loss is zero",
}
_TIMES = {
    "separation": "once the data are separated",
    "single-support-vector": "once one example alone has the least margin",
}
_FLOWS = {
    "gradient": "gradient descent in continuous time",
    "constrained": "descent in norms and directions under unit norm",
    "fixed-rho": "descent in the directions at fixed norms",
    "weight-norm": "descent under weight normalisation",
}
_STARTS = {
    "random": "any start without a zero layer",
    "separating": "starts that separate the data",
    "balanced": "balanced starts that separate the data",
    "equal-norms": "separating starts with layers of equal norm",
    "small": "small starts",
}
_NETWORKS = {"relu": "ReLU", "leaky-relu": "leaky ReLU", "power": "power", "smooth": "smooth", "linear": "linear"}


def sentence(statement: Statement) -> str:
    """What a statement says, in one sentence: of which worlds, at which places, for which indices."""
    body = in_words(statement.formula)
    parts = [
        world(statement),
        _given(statement),
        _PLACES.get(statement.at, "" if statement.at == "any" else f"at {statement.at}"),
        _TIMES.get(statement.after or "", ""),
        *(_quantified(r) for r in statement.ranges),
    ]
    said = ", ".join(p for p in parts if p)
    return f"{said[:1].upper()}{said[1:]}: {body}." if said else f"{body[:1].upper()}{body[1:]}."


def _quantified(bound: Range) -> str:
    return f"for every {bound.index} from {to_text(bound.low)} to {to_text(bound.high)}"


def _given(statement: Statement) -> str:
    """The hypotheses that all settings share."""
    every = [tuple(h.text for h in s.assume) for s in statement.settings]
    shared = [h for h in every[0] if all(h in e for e in every)] if every else []
    when = "at the start " if is_timed(statement.formula) else ""
    return f"where {when}{' and '.join(shared)}" if shared else ""


# ---- formulas


def in_words(node: Node) -> str:
    """A statement in words, its terms as formulas."""
    match node:
        case Compare(op=op, left=left, right=right):
            return f"{_term(left)} {_RELATIONS[op]} {_term(right)}"
        case And(args=args):
            return " and ".join(in_words(a) for a in args)
        case Logic(func=func, args=args) if func in _LOGIC:
            return _LOGIC[func].format(*map(in_words, args))
        case Along(func=func, args=args) if func in _ALONG:
            return _ALONG[func].format(*map(_term, args))
    return to_text(node)


def _term(node: Node) -> str:
    if isinstance(node, Limit):
        towards = "t → ∞" if node.variable == "t" else f"the {node.variable} → 0"
        return f"the limit of {_term(node.body)} as {towards}"
    return to_text(node)


def is_timed(formula: Node) -> bool:
    """Whether a formula speaks of trajectories."""
    return any(isinstance(n, Along) or (isinstance(n, Limit) and n.variable == "t") for n in walk(formula))


# ---- worlds


def world(statement: Statement) -> str:
    """Of which worlds a statement speaks: its class, or its settings one by one; "" of numbers alone."""
    timed = is_timed(statement.formula)
    if statement.about is not None:
        return of_class(statement.about, timed) if statement.about.speaks else ""
    return "; ".join(dict.fromkeys(of_setting(s, timed) for s in statement.settings))


def of_class(about: About, timed: bool = True) -> str:
    """A class in words."""
    networks = either(_NETWORKS[n] for n in about.network) if about.network else "all"
    sizes = f"{_span(about.layers, 'layer')} and every width"
    parts = [f"for {networks} networks of {sizes}", _span(about.examples, "example")]
    parts.append(f"{either(about.data)} data")
    if about.loss:
        parts.append(f"{either(about.loss)} loss ({'mean' if about.average else 'sum'})")
    parts += filter(None, [either(map(_decay, about.weight_decay))])
    return ", ".join(parts + _motion(about.flow, about.start, timed))


def of_setting(setting: Setting, timed: bool = True) -> str:
    """A setting in words."""
    widths = " or ".join("-".join(map(str, w)) for w in setting.widths)
    loss = f"{setting.loss} loss ({'mean' if setting.average else 'sum'})"
    parts = [f"for {_NETWORKS[setting.network]} networks of widths {widths}", f"{setting.examples} examples"]
    parts += filter(None, [f"{setting.data} data", loss, _decay(setting.weight_decay)])
    return ", ".join(parts + _motion((setting.flow,), (setting.start,), timed))


def _motion(flows: Sequence[str], starts: Sequence[str], timed: bool) -> list[str]:
    """Along which flow from where; of points, what restricts them."""
    begins = either(_STARTS.get(s, s) for s in starts)
    flow = either(_FLOWS.get(f, f"the {f} flow") for f in flows)
    if timed:
        return [f"along {flow} from {begins}"]
    restricted = [s for s in starts if s not in ("random", "small")]
    named = [] if tuple(flows) == ("gradient",) else [f"with {flow}"]
    return named + ([f"at weights like {begins}"] if restricted else [])


def _decay(decay: Decay) -> str:
    if decay == "any" or isinstance(decay, tuple):
        return "with any weight decay" if decay == "any" else f"with weight decays {_listed(decay)}"
    return f"with weight decay {decay}" if decay != Fraction(0) else ""


def _listed(decays: object) -> str:
    return ", ".join(map(str, decays)) if isinstance(decays, tuple) else str(decays)


def _span(span: Span, what: str) -> str:
    """`1 layer`, `2 to 5 layers`, `at least 2 layers`, `any number of layers`."""
    if span.single:
        return f"{span.low} {what}" if span.low == 1 else f"{span.low} {what}s"
    if span.high is not None:
        return f"{span.low} to {span.high} {what}s"
    return f"any number of {what}s" if span.low == 1 else f"at least {span.low} {what}s"


def either(words: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`: every one of them is meant."""
    named = [w for w in dict.fromkeys(words) if w]
    return " and ".join(filter(None, [", ".join(named[:-1]), *named[-1:]]))
