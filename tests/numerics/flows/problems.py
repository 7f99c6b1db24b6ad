"""Small seeded problems shared by the flow tests."""

import itertools

import numpy as np


def separable_data(seed, examples=9, dimension=4, margin=0.3):
    """Inputs (N, d) and labels (N,) of both signs, separated by at least `margin` along a hidden direction."""
    rng = np.random.default_rng(seed)
    direction = rng.normal(size=dimension)
    direction /= np.linalg.norm(direction)
    inputs = rng.normal(size=(examples, dimension))
    labels = np.where(inputs @ direction > 0, 1.0, -1.0)
    labels[0] = -labels[1]
    inputs[0] *= np.sign(inputs[0] @ direction) * labels[0]
    return inputs + margin * labels[:, None] * direction, labels


def gaussian_layers(seed, widths):
    """One Gaussian matrix a layer, scaled by 1/sqrt(fan in)."""
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(rows, columns)) / np.sqrt(columns) for columns, rows in itertools.pairwise(widths)]
