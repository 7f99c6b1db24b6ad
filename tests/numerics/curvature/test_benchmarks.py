"""The benchmark of the spectrum compares like with like: same eigenvalues, and an entry a report can show."""

from numerics.benchmarks.curvature import BENCHMARKS, spectrum_p2000


def test_the_compressed_spectrum_is_the_dense_one_at_p2000():
    entry = spectrum_p2000(repeats=1)
    assert entry["detail"]["difference_over_norm"] <= entry["detail"]["error_over_norm"]
    assert entry["detail"]["difference_over_norm"] <= 1e-10  # the accuracy that the benchmark promises
    assert entry["detail"]["solved"] + entry["detail"]["structural_zeros"] == 2000
    assert {"name", "ours", "peer", "peer_name", "ratio", "unit", "detail"} == set(entry)
    assert entry["name"] in BENCHMARKS
