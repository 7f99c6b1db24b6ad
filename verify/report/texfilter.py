"""Any text as LaTeX that prints it: every character is either printed or named, none acts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
    "\n": " ",
    "\t": " ",
    "-": r"-{}",
    "'": r"'{}",
    ",": r",{}",
    "…": r"\ldots{}",
    "–": r"\textendash{}",
    "—": r"\textemdash{}",
    "“": r"\textquotedblleft{}",
    "”": r"\textquotedblright{}",
    "‘": r"\textquoteleft{}",
    "’": r"\textquoteright{}",
    "„": r"\quotedblbase{}",
    "«": r"\guillemotleft{}",
    "»": r"\guillemotright{}",
    "\u00a0": "~",
    "\u202f": r"\,",
    "•": r"\textbullet{}",
    "§": r"\S{}",
    "©": r"\textcopyright{}",
    "ß": r"\ss{}",
    "ø": r"\o{}",
    "Ø": r"\O{}",
    "æ": r"\ae{}",
    "Æ": r"\AE{}",
    "œ": r"\oe{}",
    "ł": r"\l{}",
    "Ł": r"\L{}",
    "ı": r"\i{}",
    "đ": r"\dj{}",
}
_MATH = {
    "α": "alpha",
    "β": "beta",
    "γ": "gamma",
    "δ": "delta",
    "ε": "varepsilon",
    "ζ": "zeta",
    "η": "eta",
    "θ": "theta",
    "ι": "iota",
    "κ": "kappa",
    "λ": "lambda",
    "μ": "mu",
    "µ": "mu",
    "ν": "nu",
    "ξ": "xi",
    "π": "pi",
    "ρ": "rho",
    "σ": "sigma",
    "ς": "varsigma",
    "τ": "tau",
    "υ": "upsilon",
    "φ": "varphi",
    "ϕ": "phi",
    "χ": "chi",
    "ψ": "psi",
    "ω": "omega",
    "Γ": "Gamma",
    "Δ": "Delta",
    "Θ": "Theta",
    "Λ": "Lambda",
    "Ξ": "Xi",
    "Π": "Pi",
    "Σ": "Sigma",
    "Φ": "Phi",
    "Ψ": "Psi",
    "Ω": "Omega",
    "∂": "partial",
    "∇": "nabla",
    "∑": "sum",
    "∏": "prod",
    "∫": "int",
    "√": "surd",
    "∞": "infty",
    "≤": "le",
    "≥": "ge",
    "≠": "neq",
    "≈": "approx",
    "≡": "equiv",
    "∼": "sim",
    "∝": "propto",
    "≪": "ll",
    "≫": "gg",
    "±": "pm",
    "×": "times",
    "·": "cdot",
    "⋅": "cdot",
    "÷": "div",
    "∈": "in",
    "∉": "notin",
    "⊂": "subset",
    "⊆": "subseteq",
    "∪": "cup",
    "∩": "cap",
    "∅": "varnothing",
    "∀": "forall",
    "∃": "exists",
    "¬": "neg",
    "∧": "wedge",
    "∨": "vee",
    "→": "to",
    "←": "leftarrow",
    "↔": "leftrightarrow",
    "⇒": "Rightarrow",
    "⇐": "Leftarrow",
    "⇔": "Leftrightarrow",
    "↦": "mapsto",
    "‖": "|",
    "⟨": "langle",
    "⟩": "rangle",
    "⊤": "top",
    "⊥": "perp",
    "⊗": "otimes",
    "⊕": "oplus",
    "∘": "circ",
    "ℓ": "ell",
    "′": "prime",
    "⋯": "cdots",
    "ℝ": "mathbb{R}",
    "ℕ": "mathbb{N}",
    "ℤ": "mathbb{Z}",
    "†": "dagger",
    "°": "circ",
    "✓": "checkmark",
    "✗": "times",
    "↻": "circlearrowright",
    "◐": "circledast",
    "⊢": "vdash",
    "−": "-",
}
_ACCENTS = {
    "\u0300": "`",
    "\u0301": "'",
    "\u0302": "^",
    "\u0303": "~",
    "\u0304": "=",
    "\u0306": "u",
    "\u0307": ".",
    "\u0308": '"',
    "\u030a": "r",
    "\u030b": "H",
    "\u030c": "v",
    "\u0327": "c",
    "\u0328": "k",
    "\u0323": "d",
}
_LOW = str.maketrans("₀₁₂₃₄₅₆₇₈₉₊₋ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "0123456789+-aehijklmnoprstuvx")
_HIGH = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁱⁿᵀ", "0123456789+-inT")
_SCRIPTS = re.compile("([" + "".join(map(chr, _LOW)) + "]+)|([" + "".join(map(chr, _HIGH)) + "]+)")


def tex(text: object) -> str:
    """The text as LaTeX for running text."""
    pieces: list[str] = []
    for part, low, high in _parts(unicodedata.normalize("NFC", str(text))):
        if low or high:
            pieces.append(rf"\ensuremath{{{'_' if low else '^'}{{{low or high}}}}}")
        for character in part:
            if unicodedata.combining(character) and pieces:
                pieces[-1] = _accented(pieces[-1], character)
            else:
                pieces.append(_character(character))
    return "".join(pieces)


def _parts(text: str) -> Iterator[tuple[str, str, str]]:
    """Running text, low and high letters apart: a run of these is one index or one exponent."""
    place = 0
    for match in _SCRIPTS.finditer(text):
        yield text[place : match.start()], "", ""
        low, high = match.groups(default="")
        yield "", low.translate(_LOW), high.translate(_HIGH)
        place = match.end()
    yield text[place:], "", ""


def _character(character: str) -> str:
    if character in _SPECIAL:
        return _SPECIAL[character]
    if " " <= character <= "~":
        return character
    if character in _MATH:
        name = _MATH[character]
        return "$-$" if name == "-" else rf"\ensuremath{{\{name}}}"
    return _decomposed(character)


def _decomposed(character: str) -> str:
    """A letter with its accent, a compatible spelling in ASCII, or the number of the character."""
    apart = unicodedata.normalize("NFD", character)
    if len(apart) == 2 and apart[0].isascii() and apart[1] in _ACCENTS:
        return rf"\{_ACCENTS[apart[1]]}{{{apart[0]}}}"
    similar = unicodedata.normalize("NFKD", character)
    if similar.isascii() and similar.isprintable():
        return "".join(map(_character, similar))
    if unicodedata.category(character) in ("Cc", "Cf", "Cs"):
        return ""
    return rf"\unprinted{{{ord(character):04X}}}"


def _accented(piece: str, accent: str) -> str:
    """A combining accent over what was printed last; over mathematics only the dot, the bar, the hat, the tilde."""
    over = {"\u0307": "dot", "\u0308": "ddot", "\u0304": "bar", "\u0302": "hat", "\u0303": "tilde"}.get(accent)
    if piece.startswith(r"\ensuremath{") and over:
        return _over(piece, over)
    if len(piece) == 1 and piece.isalpha() and accent in _ACCENTS:
        return rf"\{_ACCENTS[accent]}{{{piece}}}"
    return piece


def _over(piece: str, mark: str) -> str:
    inside = piece.removeprefix(r"\ensuremath{").removesuffix("}")
    return rf"\ensuremath{{\{mark}{{{inside}}}}}"
