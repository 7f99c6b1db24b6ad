"""Sizes of a setting, and shapes as plain tuples.

A shape is () for a scalar, (n,) for a vector, (r, c) for a matrix.
"""

from __future__ import annotations

from dataclasses import dataclass

from .nodes import Node

Shape = tuple[int, ...]
SCALAR: Shape = ()


@dataclass(frozen=True)
class Sizes:
    """What of a setting the shape of a term can depend on."""

    widths: tuple[int, ...]
    examples: int
    loss: str = "exponential"
    network: str = "relu"
    flow: str = "gradient"

    @property
    def depth(self) -> int:
        return len(self.widths) - 1

    @property
    def outputs(self) -> int:
        return self.widths[-1]

    def layer(self, k: int) -> Shape:
        return (self.widths[k], self.widths[k - 1])

    @property
    def parameters(self) -> int:
        return sum(r * c for r, c in zip(self.widths[1:], self.widths, strict=False))


@dataclass(frozen=True)
class Range:
    """One quantified index: `index` runs from `low` to `high`, both terms in sizes and other indices."""

    index: str
    low: Node
    high: Node


def normal(shape: Shape) -> Shape:
    """1 x 1 matrices and vectors of length 1 are scalars."""
    return SCALAR if all(n == 1 for n in shape) else shape


def as_vector(shape: Shape) -> Shape:
    """Read a 1 x d or d x 1 matrix as a d-vector; other shapes stay."""
    if len(shape) == 2 and 1 in shape:
        return (max(shape),)
    return shape


def describe(shape: Shape) -> str:
    if shape == SCALAR:
        return "a scalar"
    if len(shape) == 1:
        return f"a vector of length {shape[0]}"
    return f"a {shape[0]} x {shape[1]} matrix"


def count(shape: Shape) -> int:
    total = 1
    for n in shape:
        total *= n
    return total


def product_shape(left: Shape, right: Shape) -> Shape | None:
    """Shape of ``left @ right``, or None; scalars scale, vectors adapt, 1 x d matrices may be vectors."""
    if not left or not right:
        return left or right
    rows = left if len(left) == 2 else (1, left[0])
    columns = right if len(right) == 2 else (right[0], 1)
    if rows[1] == columns[0]:
        kept = (rows[:1] if len(left) == 2 else ()) + (columns[1:] if len(right) == 2 else ())
        return normal(kept)
    thin_left, thin_right = as_vector(left), as_vector(right)
    if (thin_left, thin_right) != (left, right):
        return product_shape(thin_left, thin_right)
    return None
