"""LaTeX of formulas: how wide it is, where it may break, and whether a foreign one may enter the book.

Widths are estimates in letters; they choose a layout, nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

LONGEST = 4000  # characters of a formula from outside
LONG_BRACKET = 18  # letters inside a pair of brackets, beyond which lines may break there
_TOKEN = re.compile(r"\\[A-Za-z]+\*?|\\.|[^\s]", re.DOTALL)
_WIDE = {"\\sum": 2.2, "\\prod": 2.2, "\\Longrightarrow": 3.0, "\\Longleftrightarrow": 3.0, "\\nabla": 1.3}
_NOTHING = frozenset(
    (
        r"\left",
        r"\right",
        r"\Bigl",
        r"\Bigr",
        r"\big",
        r"\Big",
        r"\,",
        r"\;",
        r"\!",
        r"\:",
        r"\mathrm",
        r"\mathit",
        r"\mathbf",
        r"\mathcal",
        r"\mathbb",
        r"\boldsymbol",
        r"\text",
        r"\operatorname",
        r"\displaystyle",
        r"\textstyle",
        r"\limits",
        r"\dot",
        r"\ddot",
        r"\hat",
        r"\tilde",
        r"\bar",
        r"\vec",
    )
)
_BREAKS = frozenset(
    (
        "=",
        "+",
        "-",
        "<",
        ">",
        r"\le",
        r"\ge",
        r"\leq",
        r"\geq",
        r"\neq",
        r"\sim",
        r"\gg",
        r"\ll",
        r"\approx",
        r"\cdot",
        r"\to",
    )
)
_BRACKET = re.compile(r"\\(?:left|right)(?![A-Za-z])(?:\s*[()\[\]])?|\\.|[{}]", re.DOTALL)
_TWICE = re.compile(r"\^\s*[^\s{}]\s*\^|_\s*[^\s{}]\s*_|\^\s*\^|_\s*_|[\^_]\s*(?:$|\})")  # double, empty
_TEXT = re.compile(r"\\(?:text|mbox|operatorname\*?)\{([A-Za-z0-9 .,;:()'=<>/+*!?|@~-]*)\}")
_WORDS = re.compile(r"\\(?:text|mbox)\{([^{}]*)\}")
_OPEN = (
    frozenset(  # commands that take what follows
        (
            r"\frac",
            r"\tfrac",
            r"\dfrac",
            r"\sqrt",
            r"\overline",
            r"\underline",
            r"\overset",
            r"\underset",
            r"\stackrel",
            r"\widetilde",
            r"\widehat",
            r"\overbrace",
            r"\underbrace",
            r"\binom",
            r"\not",
            r"\mathop",
        )
    )
    | _NOTHING
)
_GLUE = re.compile(r"^(?:\\[ ,;:!]|\\q?quad(?![A-Za-z])|\s)+|(?:\\[ ,;:!]|\\q?quad|\s)+$")
_WORDY = 24  # letters of words in one piece, beyond which a formula is a sentence
_GROUPS = re.compile(r"\\(?:text|mbox)\{[^{}]*\}|\\(?:left|right)(?![A-Za-z])|\\.|[{}]", re.DOTALL)
_ENVIRONMENTS = re.compile(r"\\(begin|end)\{(aligned|split|cases|gathered|[bpvBV]?matrix|smallmatrix)\}")


def tokens(latex: str) -> list[str]:
    """Commands, escaped characters and single characters; spaces do not count."""
    return _TOKEN.findall(latex)


def width(latex: str | Sequence[str]) -> float:
    """About how many letters wide the formula is when it stands on one line."""
    found = tokens(latex) if isinstance(latex, str) else list(latex)
    total, place, small = 0.0, 0, False
    while place < len(found):
        token = found[place]
        if token in ("^", "_"):
            small, place = True, place + 1
            continue
        if token == r"\frac" or token == r"\tfrac" or token == r"\dfrac":
            above, place = _argument(found, place + 1)
            below, place = _argument(found, place)
            size = max(width(above), width(below)) + 0.3
        elif token == "{":
            inside, place = _argument(found, place)
            size = width(inside)
        else:
            size, place = 0.0 if token in _NOTHING or token in "{}" else _WIDE.get(token, 1.0), place + 1
        total += size * (0.65 if small else 1.0)
        small = False
    return total


def _argument(found: Sequence[str], place: int) -> tuple[list[str], int]:
    """The group or the single token at a place, and the place behind it."""
    if place >= len(found) or found[place] != "{":
        return list(found[place : place + 1]), place + 1
    depth = 0
    for end in range(place, len(found)):
        depth += {"{": 1, "}": -1}.get(found[end], 0)
        if depth == 0:
            return list(found[place + 1 : end]), end + 1
    return list(found[place + 1 :]), len(found)


def sentence(latex: str) -> list[tuple[str, bool]]:
    r"""A formula that is mostly words, such as ``\text{the limit of } V_k``, in pieces that can wrap, each with whether
    it is mathematics; empty for any other formula."""
    if (
        not latex
        or not is_safe(latex)
        or r"\begin" in latex
        or max(map(len, _WORDS.findall(latex)), default=0) < _WORDY
    ):
        return []
    pieces: list[tuple[str, bool]] = []
    place, depth = 0, 0
    for match in _GROUPS.finditer(latex):
        token = match[0]
        if token.startswith((r"\text{", r"\mbox{")) and depth == 0:
            pieces += [(latex[place : match.start()], True), (token[token.index("{") + 1 : -1], False)]
            place = match.end()
        elif token in ("{", r"\left"):
            depth += 1
        elif token in ("}", r"\right"):
            depth -= 1
    pieces.append((latex[place:], True))
    trimmed = [(_GLUE.sub("", piece) if is_math else piece, is_math) for piece, is_math in pieces]
    whole = all(is_safe(piece) and tokens(piece)[-1] not in _OPEN for piece, is_math in trimmed if piece and is_math)
    return [p for p in trimmed if p[0]] if place and whole else []


def breakable(latex: str) -> str:
    r"""The formula with long outer brackets of fixed size: no line breaks between ``\left`` and ``\right``."""
    for start, end in _outer_brackets(latex):
        inside = latex[start[1] : end[0]]
        if width(inside) > LONG_BRACKET and any(t in "+-" for t in _outer(tokens(inside))):
            opened = rf"\Bigl{latex[start[1] - 1]}{breakable(inside)}\Bigr{latex[end[1] - 1]}"
            return latex[: start[0]] + opened + breakable(latex[end[1] :])
    return latex


def _outer_brackets(latex: str) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    r"""Spans of ``\left(`` and its ``\right)`` that no group and no other bracket encloses."""
    depth, starts = 0, []
    for match in _BRACKET.finditer(latex):
        token = match[0]
        if token in "{}":
            depth += 1 if token == "{" else -1
        elif token.startswith(r"\left"):
            starts.append((depth, match.span(), token[-1] in "(["))
        elif token.startswith(r"\right") and starts:
            level, span, plain = starts.pop()
            if level == depth == 0 and not starts and plain and token[-1] in ")]":
                yield span, match.span()


def _outer(found: Sequence[str]) -> list[str]:
    """The tokens outside all groups and stretched brackets."""
    depth, outer = 0, []
    for token in found:
        if token in ("}", r"\right"):
            depth -= 1
        if depth == 0:
            outer.append(token)
        if token in ("{", r"\left"):
            depth += 1
    return outer


def widest_piece(latex: str) -> float:
    """About how wide the widest part between two possible line breaks is."""
    if r"\begin" in latex:
        return width(latex)
    depth, pieces = 0, list[list[str]]([[]])
    for token in tokens(latex):
        if token in ("}", r"\right"):
            depth -= 1
        pieces[-1].append(token)
        if token in ("{", r"\left"):
            depth += 1
        if depth == 0 and token in _BREAKS:
            pieces.append([])
    return max(width(piece) for piece in pieces)


def is_safe(latex: str) -> bool:
    """Whether a formula says nothing but mathematics, in balance, so that it can neither act nor break the book."""
    rest = _TEXT.sub("", latex)
    nests = _ENVIRONMENTS.findall(rest)
    rest = _ENVIRONMENTS.sub("", rest)
    if not latex.isascii() or len(latex) > LONGEST or not _paired(nests):
        return False
    found = tokens(rest)
    allowed = _commands() | {"&", r"\\"} if nests else _commands()
    if any(t not in allowed and (t.startswith("\\") or t in "$%#~&") for t in found):
        return False
    return _balanced(found) and not _TWICE.search(rest)


@cache
def _commands() -> frozenset[str]:
    r"""The commands of the list but those that take text: ``\text`` and the like are read with their argument."""
    listed = (Path(__file__).parent / "assets" / "commands.txt").read_text(encoding="utf-8").split()
    return frozenset(w for w in listed if w.startswith("\\")) - {r"\text", r"\mbox"} | {"\\ "}


def _paired(nests: Sequence[tuple[str, str]]) -> bool:
    opened: list[str] = []
    for way, name in nests:
        if way == "begin":
            opened.append(name)
        elif not opened or opened.pop() != name:
            return False
    return not opened


def _balanced(found: Sequence[str]) -> bool:
    """Braces and stretched brackets close in the order in which they opened."""
    opened: list[str] = []
    closes = {"}": "{", r"\right": r"\left"}
    for token in found:
        if token in ("{", r"\left"):
            opened.append(token)
        elif token in closes and (not opened or opened.pop() != closes[token]):
            return False
    return not opened
