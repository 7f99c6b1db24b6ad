"""Gates of the first layer that slide: the spans of their inputs, unit by unit.

Notation: gate (hidden layer, unit, example), all from 0; S examples that slide on one unit; X_S (|S|, d) their inputs.
While they slide, the unit's row w keeps X_S w = 0.
"""

import numpy as np

Gate = tuple[int, int, int]


class KinkFrames:
    """Frames of the spans of inputs that slide on one unit of the first layer, remembered: events change few units."""

    def __init__(self, inputs: np.ndarray):
        self.inputs = inputs
        self._known: dict[tuple[int, ...], tuple[np.ndarray, np.ndarray]] = {}

    def of(self, examples: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        """(orthonormal rows of the span (r, d), pseudoinverse of X_S^T (|S|, d))."""
        if examples not in self._known:
            self._known[examples] = _row_basis(self.inputs[list(examples)])
        return self._known[examples]


def by_unit(gates: list[Gate]) -> dict[int, tuple[int, ...]]:
    """Examples of the gates of each unit, in the order of the list; all in one layer."""
    groups: dict[int, list[int]] = {}
    for _, unit, example in gates:
        groups.setdefault(unit, []).append(example)
    return {unit: tuple(examples) for unit, examples in groups.items()}


def _row_basis(rows):
    """(orthonormal rows B of the same span, pseudoinverse of rows^T); fewer where examples depend on each other."""
    left, sizes, basis = np.linalg.svd(rows, full_matrices=False)
    keep = sizes > sizes[0] * max(rows.shape) * np.finfo(float).eps
    basis = basis[keep]
    return basis, (left[:, keep] / sizes[keep]) @ basis
