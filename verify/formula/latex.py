r"""Tree to LaTeX, in the papers' notation: W_k, V_k, \rho_k, f(W; x_n), \dot{(\,\cdot\,)}."""

from __future__ import annotations

from fractions import Fraction

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
)
from .text import PRECEDENCE, binding

_NAMES = {
    "rho": r"\rho",
    "L": r"L",
    "margin": r"\gamma(V)",
    "decay": r"\lambda",
    "pi": r"\pi",
    "min_norm": r"{X^{+}Y}",
    "max_margin": r"{\gamma^{*}}",
    "svm": r"{w^{*}}",
}
_BASES = {"rho": r"\rho", "lam": r"\lambda", "decay": r"\lambda"}
_RELATIONS = {"==": "=", "!=": r"\neq", "<=": r"\le", ">=": r"\ge", "<": "<", ">": ">"}
_REDUCTIONS = {"sum": r"\sum", "prod": r"\prod", "min": r"\min", "max": r"\max"}
_OPERATORS = {
    "log": r"\log",
    "li": r"\mathrm{li}",
    "sign": r"\mathrm{sgn}",
    "softmax": r"\mathrm{softmax}",
    "min": r"\min",
    "max": r"\max",
    "tr": r"\mathrm{tr}",
    "vec": r"\mathrm{vec}",
    "rank": r"\mathrm{rank}",
    "nullity": r"\mathrm{nullity}",
    "eigmin": r"\lambda_{\min}",
    "eigmax": r"\lambda_{\max}",
    "distinct": r"\#\mathrm{eig}_{\neq 0}",
    "act": r"\sigma",
    "act1": r"\sigma'",
    "act2": r"\sigma''",
    "rows": r"\mathrm{rows}",
    "cols": r"\mathrm{cols}",
    "diag": r"\mathrm{diag}",
    "null_projector": r"P_{\ker}",
}
_ALONG = {
    "conserved": r"\text{ is conserved}",
    "nondecreasing": r"\text{ is nondecreasing}",
    "nonincreasing": r"\text{ is nonincreasing}",
    "diverges": r"\text{ diverges}",
    "converges": r"\text{ converges}",
    "bounded": r"\text{ is bounded}",
}
_FLOWS = {
    "gradient": "GF",
    "constrained": "constr",
    "fixed-rho": r"\rho\,fixed",
    "weight-norm": "WN",
}


def to_latex(node: Node) -> str:
    """The node as LaTeX for mathematics mode."""
    match node:
        case Num(value=value):
            return _number(value)
        case Name(name=name):
            return _NAMES.get(name, _word(name))
        case Indexed():
            return _indexed(node)
        case Neg(arg=arg):
            return "-" + _wrap(arg, PRECEDENCE["*"])
        case Transpose(arg=arg):
            return _wrap(arg, PRECEDENCE["atom"]) + r"^{\top}"
        case BinOp():
            return _binary(node)
        case Compare(op=op, left=left, right=right):
            return f"{to_latex(left)} {_RELATIONS[op]} {to_latex(right)}"
        case And(args=args):
            return r" \;\wedge\; ".join(map(to_latex, args))
        case Rate():
            return _rate(node)
        case Limit(body=body, variable=variable):
            under = r"t\to\infty" if variable == "t" else r"\lambda\to0^{+}"
            return rf"\lim_{{{under}}} {to_latex(body)}"
        case Reduce():
            return _reduce(node)
        case Grad(body=body, wrt=wrt):
            under = "W" if wrt is None else to_latex(wrt)
            return rf"\frac{{\partial {_operand(body)}}}{{\partial {under}}}"
        case Hess():
            return _hessian(node)
        case Call():
            return _call(node)
        case Logic(func=func, args=args):
            return _logic(func, args)
        case Along(func=func, args=args):
            return _along(func, args)
    raise TypeError(node)


def _number(value: Fraction) -> str:
    sign, size = ("-", -value) if value < 0 else ("", value)
    if size.denominator == 1:
        return f"{sign}{size.numerator}"
    return rf"{sign}\frac{{{size.numerator}}}{{{size.denominator}}}"


def _word(name: str) -> str:
    if len(name) == 1:
        return name
    return r"\mathit{" + name.replace("_", r"\_") + "}"


def _indexed(node: Indexed) -> str:
    index = to_latex(node.index)
    if node.base in ("f", "fV"):
        return rf"f({'W' if node.base == 'f' else 'V'}; x_{{{index}}})"
    return f"{_BASES.get(node.base, node.base)}_{{{index}}}"


def _binary(node: BinOp) -> str:
    left, right = node.left, node.right
    match node.op:
        case "/" | "*":
            return _product(node)
        case "**":
            return f"{_base(left)}^{{{to_latex(right)}}}"
        case "@":
            return _wrap(left, PRECEDENCE["@"]) + r"\, " + _wrap(right, PRECEDENCE["@"] + 1)
        case op:
            return f"{to_latex(left)} {op} {_wrap(right, PRECEDENCE['+'] + 1)}"


def _product(node: BinOp) -> str:
    """A chain of ``*`` and ``/`` as one fraction, followed by the factors behind the last division."""
    chain = _chain(node)
    last = max((i for i, (op, _) in enumerate(chain) if op == "/"), default=-1)
    above = [f for op, f in chain[: last + 1] if op == "*" and f != Num(Fraction(1))]
    below = [f for op, f in chain if op == "/"]
    fraction = [rf"\frac{{{_factors(above) or '1'}}}{{{_factors(below)}}}"] if below else []
    return r"\, ".join(fraction + ([_factors(rest)] if (rest := [f for _, f in chain[last + 1 :]]) else []))


def _chain(node: Node) -> list[tuple[str, Node]]:
    if isinstance(node, BinOp) and node.op in "*/" and node.op != "**":
        return [*_chain(node.left), (node.op, node.right)]
    return [("*", node)]


def _factors(nodes: list[Node]) -> str:
    if len(nodes) == 1:
        return to_latex(nodes[0])
    parts = [_wrap(n, PRECEDENCE["*"] + (i > 0)) for i, n in enumerate(nodes)]
    return "".join(
        part if i == 0 else (r" \cdot " if isinstance(nodes[i], Num) else r"\, ") + part for i, part in enumerate(parts)
    )


def _base(node: Node) -> str:
    tall = isinstance(node, Rate | Reduce | Grad | Hess | Indexed) and not (
        isinstance(node, Indexed) and node.base not in ("f", "fV")
    )
    call = isinstance(node, Call) and node.func not in ("norm", "abs")
    return rf"\left({to_latex(node)}\right)" if tall or call else _wrap(node, PRECEDENCE["atom"])


def _rate(node: Rate) -> str:
    mark = "" if node.flow is None else rf"\Big|_{{\mathrm{{{_FLOWS[node.flow]}}}}}"
    if isinstance(node.body, Indexed) and node.body.base not in ("f", "fV"):
        base = rf"\dot{{{_BASES.get(node.body.base, node.body.base)}}}_{{{to_latex(node.body.index)}}}"
    elif isinstance(node.body, Name):
        base = rf"\dot{{{to_latex(node.body)}}}"
    else:
        base = rf"\frac{{d}}{{dt}}{_operand(node.body)}"
    return base + mark


def _operand(node: Node) -> str:
    """The node as what a derivative or a sum acts on."""
    simple = isinstance(node, Name | Indexed | Call | Grad) or (isinstance(node, BinOp) and node.op == "**")
    return to_latex(node) if simple else rf"\left({to_latex(node)}\right)"


def _reduce(node: Reduce) -> str:
    if node.func in ("min", "max"):
        return rf"{_REDUCTIONS[node.func]}_{{{node.index}}} {_sum_body(node.body)}"
    low, high = to_latex(node.low), to_latex(node.high)
    return rf"{_REDUCTIONS[node.func]}_{{{node.index}={low}}}^{{{high}}} {_sum_body(node.body)}"


def _sum_body(node: Node) -> str:
    return _wrap(node, PRECEDENCE["*"])


def _hessian(node: Hess) -> str:
    if node.first is not None and node.second is not None:
        first, second = to_latex(node.first), to_latex(node.second)
        return rf"\frac{{\partial^2 {_operand(node.body)}}}{{\partial {first}\,\partial {second}}}"
    return rf"\nabla^2_{{{node.space}}} {_operand(node.body)}"


def _call(node: Call) -> str:
    args = [to_latex(a) for a in node.args]
    match node.func:
        case "exp":
            return f"e^{{{args[0]}}}"
        case "sqrt":
            return rf"\sqrt{{{args[0]}}}"
        case "abs":
            return rf"\left|{args[0]}\right|"
        case "norm":
            return rf"\left\|{args[0]}\right\|"
        case "dot":
            return rf"\left\langle {args[0]}, {args[1]} \right\rangle"
        case "outer":
            return f"{_wrap(node.args[0], 5)} {_wrap(node.args[1], 5)}^{{\\top}}"
        case "eye":
            return f"I_{{{args[0]}}}"
        case "pinv":
            return f"{_base(node.args[0])}^{{+}}"
        case "zeros_like":
            return "0"
        case "pre":
            return f"z_{{{args[0]}}}(x_{{{args[1]}}})"
        case "gate":
            return f"D_{{{args[0]}}}(x_{{{args[1]}}})"
        case "onehot":
            return f"e_{{y_{{{args[0]}}}}}"
        case "entry" | "row" | "col":
            marks = {"entry": args[1:], "row": [args[1], r"\cdot"], "col": [r"\cdot", args[1]]}[node.func]
            return rf"\left({args[0]}\right)_{{{','.join(marks)}}}"
    return rf"{_OPERATORS[node.func]}\left({', '.join(args)}\right)"


def _logic(func: str, args: tuple[Node, ...]) -> str:
    if func in ("implies", "iff"):
        arrow = r"\Longrightarrow" if func == "implies" else r"\Longleftrightarrow"
        return rf"{to_latex(args[0])} \;{arrow}\; {to_latex(args[1])}"
    word = {"somewhere": r"\text{somewhere: }", "generically": r"\text{generically: }"}[func]
    return word + to_latex(args[0])


def _along(func: str, args: tuple[Node, ...]) -> str:
    if func == "asymptotic":
        return rf"{to_latex(args[0])} \sim {to_latex(args[1])}"
    if func == "outgrows":
        return rf"{to_latex(args[0])} \gg {to_latex(args[1])}"
    if func == "independent_of_start":
        return rf"{to_latex(args[0])}\text{{ does not depend on the start}}"
    return to_latex(args[0]) + _ALONG[func]


def _wrap(node: Node, least: int) -> str:
    text = to_latex(node)
    fraction = isinstance(node, BinOp) and node.op == "/"
    return text if fraction or binding(node) >= least else rf"\left({text}\right)"
