"""Numbers and evidence in words: plain text, which each renderer escapes in its own way."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

LONGEST = 300  # characters of one line of detail
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_OUTCOMES = {"nonzero": "normal form is not zero", "undecided": "not decided", "empty": "no point to speak of"}
_INDEX = re.compile(r"(?<![A-Za-z0-9_\\][A-Za-z])(?<=[A-Za-zα-ωΑ-Ωσ′)\]])_([A-Za-z0-9]{1,2})(?![A-Za-z0-9_])")
_LETTERS = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "epsilon": "ε",
    "lambda": "λ",
    "mu": "μ",
    "nu": "ν",
    "rho": "ρ",
    "sigma": "σ",
    "tau": "τ",
    "phi": "φ",
    "psi": "ψ",
    "omega": "ω",
    "Delta": "Δ",
    "Sigma": "Σ",
    "Phi": "Φ",
}
_GREEK = re.compile(rf"(?<![\w.\\])({'|'.join(_LETTERS)})(?=_[A-Za-z0-9]{{1,2}}\b|[^\w.]|\.(?:\s|$)|$)")
_POWERS = str.maketrans("0123456789nT", "⁰¹²³⁴⁵⁶⁷⁸⁹ⁿᵀ")
_SQUARED = re.compile(r"(?<=[\w)\]|‖])\^([0-9nT])(?![\w^])")
_TILDE = re.compile(r"(?<![\w~])([A-Za-z])~(?![\w~])")
_SHORT = 16  # characters of an exact number that is shown as it stands
_BALL = re.compile(r"\[(\S+) \+/- (\S+)\]")
_SKIPPED = frozenset({"kind", "seconds", "message", "setting", "rests_on"})


def count(number: int, noun: str, plural: str = "") -> str:
    """``1 claim``, ``2 claims``."""
    return f"{integer(number)} {noun if number == 1 else plural or noun + 's'}"


def integer(number: int) -> str:
    """The number with its thousands kept apart."""
    return f"{number:,}"


def number(value: Any) -> str:
    """A measured number, in three digits; an exact one, a string, as it stands if it is short."""
    if isinstance(value, str) and len(value) > _SHORT:
        return _rounded(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "—" if value is None else str(value)
    if isinstance(value, int):
        return integer(value)
    if not math.isfinite(value) or value == 0:
        return f"{value:g}"
    exponent = math.floor(math.log10(abs(value)))
    if -4 < exponent < 6:
        return f"{value:.3g}" if exponent < 3 else f"{value:,.0f}"
    mantissa, power = f"{value:.1e}".split("e")
    return f"{mantissa}·10{str(int(power)).translate(_SUPERSCRIPTS)}"


def _rounded(value: str) -> str:
    """A long fraction, decimal or ball ``[m +/- r]`` in a few digits; other text as it is."""
    try:
        if ball := _BALL.fullmatch(value):
            return f"{float(ball[1]):.6g} ± {float(ball[2]):.1g}"
        above, _, below = value.partition("/")
        return f"{int(above) / int(below):.6g}" if below else f"{float(value):.6g}"
    except (ValueError, ArithmeticError):
        return value


def subscripts(text: str) -> Iterator[tuple[str, bool]]:
    """The text in pieces, each with whether it is an index: ``W_k`` is ``W`` and a low ``k``."""
    for place, piece in enumerate(_INDEX.split(text)):
        if piece:
            yield piece, place % 2 == 1


def prettify(text: str) -> str:
    """Running text with its symbols as letters: ``lambda -> 0`` is ``λ → 0``, ``f~`` a letter with a tilde."""
    text = _GREEK.sub(lambda match: _LETTERS[match[1]], text)
    text = _SQUARED.sub(lambda match: match[1].translate(_POWERS), text)
    return _TILDE.sub("\\1\u0303", text.replace("<->", "↔").replace("->", "→"))


def finding(evidence: Mapping[str, Any]) -> str:
    """What one piece of evidence says, in one line."""
    described = _FINDINGS.get(str(evidence.get("kind")), _other)(evidence)
    message = str(evidence.get("message") or "")
    return f"{described}; {message}" if described and message else described or message


def details(evidence: Mapping[str, Any]) -> tuple[str, ...]:
    """The steps and instances behind a piece of evidence, one a line."""
    detail = evidence.get("detail")
    lines = _lines(detail) if isinstance(detail, Mapping) else ()
    return (*grounds(evidence), *lines, *rechecked(evidence))


def rechecked(evidence: Mapping[str, Any]) -> tuple[str, ...]:
    """What the small checker says of a proof, in one line; nothing if it was not asked."""
    word = evidence.get("recheck") or {}
    if not word:
        return ()
    why = word.get("reason") or ", ".join([*word.get("rules", ()), *word.get("theorems", ())])
    said = {"not covered": "not re-checked"}.get(word["verdict"], f"checker: {word['verdict']}")
    return (f"{said}: {why}" if why else said,)


def grounds(evidence: Mapping[str, Any]) -> tuple[str, ...]:
    """The lemmas, theorems and derivations that a decision applies, one a line."""
    found = evidence.get("rests_on") or ()
    return tuple(g["text"] if g["kind"] == "lemma" else f"{g['kind']}: {g['text']}" for g in found)


def _exact(evidence: Mapping[str, Any]) -> str:
    scope = str(evidence.get("scope", ""))
    words = {"general": "for every size", "instances": "for the sizes listed"}.get(scope, scope)
    outcome = str(evidence.get("outcome", ""))
    return ", ".join(filter(None, [_OUTCOMES.get(outcome, outcome), words]))


def _simulated(evidence: Mapping[str, Any]) -> str:
    parts = [three_numbers(evidence)]
    if evidence.get("budget"):
        worst, allowed = number(evidence.get("worst_error")), number(evidence.get("budget"))
        parts.append(f"worst error {worst} of {allowed} allowed")
    parts.append(_by_reason("cannot tell", evidence.get("reasons")))
    parts.append(_by_reason("left out", evidence.get("excluded")))
    parts.append(str(evidence.get("unmet") or ""))
    if evidence.get("device") not in (None, "cpu"):
        parts.append(f"on {evidence['device']}")
    return "; ".join(filter(None, parts))


def three_numbers(evidence: Mapping[str, Any]) -> str:
    """How many points (or starts) agree, violate and cannot tell."""
    violate = int(evidence.get("violations") or 0)
    agree = int(evidence.get("instances") or 0) - violate
    silent = sum((evidence.get("reasons") or {}).values())
    return f"{integer(agree)} agree, {integer(violate)} violate it, {integer(silent)} cannot tell"


def _by_reason(what: str, reasons: Mapping[str, int] | None) -> str:
    told = [f"{integer(n)} {why}" for why, n in sorted((reasons or {}).items()) if n]
    return f"{what}: {', '.join(told)}" if told else ""


def _measured(evidence: Mapping[str, Any]) -> str:
    quantities = evidence.get("quantities") or {}
    return "; ".join(f"{name} = {_quantity(value)}" for name, value in sorted(quantities.items()))


def _quantity(quantity: Any) -> str:
    if not isinstance(quantity, Mapping):
        return number(quantity)
    if quantity.get("value") is None:
        return "not at hand"
    value, interval = number(quantity.get("value")), quantity.get("interval")
    if isinstance(interval, Sequence) and len(interval) == 2:
        if {number(end).split(" ± ")[0] for end in interval} == {value.split(" ± ")[0]}:  # the same in these digits
            return value
        return f"{value} in [{number(interval[0])}, {number(interval[1])}]"
    return value


def _witness(evidence: Mapping[str, Any]) -> str:
    return f"a certified point violates it: {evidence.get('shows', '')}"


def _failure(evidence: Mapping[str, Any]) -> str:
    return "the check did not run through"


def _other(evidence: Mapping[str, Any]) -> str:
    shown = {key: value for key, value in evidence.items() if key not in _SKIPPED | {"detail"}}
    return "; ".join(_lines(shown))


_FINDINGS = {
    "exact": _exact,
    "simulated": _simulated,
    "experiment": _measured,
    "enclosure": _measured,
    "witness": _witness,
    "failure": _failure,
}


def _lines(detail: Mapping[str, Any]) -> Iterator[str]:
    for key, value in sorted(detail.items()):
        if value in (None, "", [], {}, ()):
            continue
        name = str(key).replace("_", " ")
        if isinstance(value, list | tuple) and any(isinstance(item, str) and " " in item for item in value):
            yield from (shorten(_compact(item)) for item in value)
        else:
            yield shorten(f"{name}: {_compact(value)}")


def _compact(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{str(k).replace('_', ' ')} {_compact(v)}" for k, v in sorted(value.items()))
    if isinstance(value, list | tuple):
        nested = any(isinstance(item, list | tuple | Mapping) for item in value)
        return ("; " if nested else ", ").join(_compact(item) for item in value)
    return number(value)


def shorten(text: str, longest: int = LONGEST) -> str:
    """The text, cut at the given length with an ellipsis that says so."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
