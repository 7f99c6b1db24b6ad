"""The benchmark of the spectrum compares like with like: same eigenvalues, and an entry a report can show."""

import numpy as np

from numerics.benchmarks.curvature import BENCHMARKS, _least_products, spectrum_p2000


def test_the_compressed_spectrum_is_the_dense_one_at_p2000():
    entry = spectrum_p2000(repeats=1)
    assert entry["detail"]["difference_over_norm"] <= entry["detail"]["error_over_norm"]
    assert entry["detail"]["difference_over_norm"] <= 1e-10  # the accuracy that the benchmark promises
    assert entry["detail"]["solved"] + entry["detail"]["structural_zeros"] == 2000
    assert {"name", "ours", "peer", "peer_name", "ratio", "unit", "detail"} == set(entry)
    assert entry["name"] in BENCHMARKS


def test_fewest_products_are_the_distinct_entries_of_the_blocks():
    """Unordered pairs of neurons times unordered pairs of inputs on the diagonal, all pairs of both off it."""
    shapes = [(2, 3), (2, 2), (1, 2)]
    distinct = set()
    for k, (h, d) in enumerate(shapes):
        for j, (g, e) in enumerate(shapes[: k + 1]):
            for i, a, other, below in np.ndindex(h, d, g, e):
                neurons, inputs = (i, other), (a, below)
                if j == k:
                    neurons, inputs = tuple(sorted(neurons)), tuple(sorted(inputs))
                distinct.add((k, j, neurons, inputs))
    assert _least_products(shapes) == len(distinct)
