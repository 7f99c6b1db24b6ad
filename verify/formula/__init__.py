"""The formula language: text to tree, tree to text and LaTeX, shapes. Knows no algebra."""

from .errors import FormulaError
from .latex import to_latex
from .parser import parse
from .sizes import Sizes
from .statements import check_statement
from .text import to_text

__all__ = ["FormulaError", "Sizes", "check_statement", "parse", "to_latex", "to_text"]
