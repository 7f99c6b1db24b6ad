"""Benchmarks of the closed-form Hessians and of their spectra, each with its peer in the same run.

Seconds of processor time on one thread, medians of alternating calls after one call each that warms the caches.
"""

import time
import tracemalloc
from collections.abc import Callable
from itertools import pairwise
from statistics import median

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from ..curvature import Architecture, Objective, full_spectrum, hessian
from ..curvature.closed_form import fill_gram

_EXAMPLES = 64
_OBJECTIVE = Objective("exponential", average=False)
_RELU = Architecture("relu")


def _problem(widths: list[int], batch: int | None = None):
    """Random weights (B, h, d) or (h, d), inputs (N, d), labels +-1; always the same.

    Hidden neurons come in pairs w, -w: one of each is on, so no layer dies and no pre-activation above it is 0.
    """
    rng = np.random.default_rng(0)
    lead = () if batch is None else (batch,)
    weights = [rng.standard_normal((*lead, h, d)) / np.sqrt(d) for d, h in pairwise(widths)]
    for w in weights[:-1]:
        half = w.shape[-2] // 2
        w[..., half:, :] = -w[..., :half, :]
    return weights, rng.standard_normal((_EXAMPLES, widths[0])), np.sign(rng.standard_normal(_EXAMPLES))


def _torch_loss(shapes, inputs, labels) -> Callable[[torch.Tensor], torch.Tensor]:
    """sum_n exp(-y_n f(x_n)) as a function of the stacked weights."""
    x, y = torch.from_numpy(inputs), torch.from_numpy(labels)
    ends = np.cumsum([h * d for h, d in shapes]).tolist()

    def loss(flat):
        hidden = x
        for k, (end, (h, d)) in enumerate(zip(ends, shapes, strict=True)):
            hidden = hidden @ flat[end - h * d : end].reshape(h, d).T
            if k < len(shapes) - 1:
                hidden = torch.relu(hidden)
        return torch.exp(-y * hidden[:, 0]).sum()

    return loss


def _alternate(ours: Callable, peer: Callable, repeats: int) -> tuple[float, float]:
    """Medians of the processor seconds of two calls that take turns, one thread each."""
    spent: tuple[list[float], list[float]] = ([], [])
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            ours(), peer()
            for _ in range(repeats):
                for call, times in zip((ours, peer), spent, strict=True):
                    start = time.process_time()
                    call()
                    times.append(time.process_time() - start)
    finally:
        torch.set_num_threads(threads)
    return median(spent[0]), median(spent[1])


def _peak_bytes(call: Callable) -> int:
    """Peak of the memory that numpy held during the call, its result included."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _entry(name: str, ours: float, peer: float, peer_name: str, **detail) -> dict:
    return {
        "name": name,
        "ours": ours,
        "peer": peer,
        "peer_name": peer_name,
        "ratio": peer / ours,
        "unit": "s",
        "detail": detail,
    }


def _least_products(shapes: list[tuple[int, int]]) -> int:
    """Multiplications an example that the blocks of J^T l'' J need as products over pairs, each block once.

    J_k = B_k (x) a_{k-1}: block (k, j) is pairs of neurons times pairs of inputs, and unordered pairs do for k = j.
    """
    total = 0
    for k, (h, d) in enumerate(shapes):
        total += h * (h + 1) // 2 * (d * (d + 1) // 2)
        total += sum(h * g * d * e for g, e in shapes[:k])
    return total


def _floor(weights: list[np.ndarray], peer: float) -> dict:
    """What a closed form in BLAS does not get below here: the fewest flops known for J^T l'' J, and new memory filled.

    Copying products over pairs into the order of the Hessian is not counted. The product of columns (p, N), which needs
    no copy, is timed alone, from cache into new memory: what the chosen form does not get below. All times are of this
    run; the rate is that of a square product of 1024.
    """
    shapes = [w.shape[-2:] for w in weights]
    size, batch = sum(h * d for h, d in shapes), len(weights[0]) if weights[0].ndim == 3 else 1
    shape, square = (batch, size, size), np.ones((1024, 1024))
    product, columns = np.empty_like(square), np.ones((1, size, _EXAMPLES))
    if batch > 1:
        columns = np.broadcast_to(columns, (batch, size, _EXAMPLES))
    write, multiply = _alternate(lambda: np.empty(shape).fill(1.0), lambda: np.matmul(square, square, out=product), 5)
    gram, _ = _alternate(lambda: fill_gram(np.empty(shape), columns), lambda: None, 5)
    rate = 2 * len(square) ** 3 / multiply
    flops = 2 * _EXAMPLES * batch * _least_products(shapes) / rate
    return {
        "gigaflops_a_second_of_dgemm": rate / 1e9,
        "seconds_to_fill_new_memory": write,
        "seconds_of_the_fewest_flops_at_that_rate": flops,
        "largest_ratio_that_both_leave": peer / (write + flops),
        "seconds_of_the_product_of_columns": gram,
        "largest_ratio_that_it_leaves": peer / gram,
    }


def hessian_p2000(repeats: int = 5) -> dict:
    """Hessian of a ReLU network (9, 40, 40, 1) on 64 examples against torch.func.hessian."""
    weights, inputs, labels = _problem([9, 40, 40, 1])
    derive = torch.func.hessian(_torch_loss([w.shape for w in weights], inputs, labels))
    flat = torch.cat([torch.from_numpy(w).flatten() for w in weights])

    def closed():
        return hessian(weights, inputs, labels, _RELU, _OBJECTIVE)

    ours, peer = _alternate(closed, lambda: derive(flat), repeats)
    out = np.empty((len(flat), len(flat)))
    reused, _ = _alternate(lambda: hessian(weights, inputs, labels, _RELU, _OBJECTIVE, out=out), closed, repeats)
    found, expected = closed(), derive(flat).numpy()
    difference = np.abs(found.matrix * np.exp(found.log_scale) - expected).max() / np.abs(expected).max()
    return _entry(
        "hessian-p2000-vs-torch-func",
        ours,
        peer,
        "torch.func.hessian",
        ours_with_memory_reused=reused,
        memory_over_output=_peak_bytes(closed) / found.matrix.nbytes,
        relative_difference=float(difference),
        kink_distance=float(found.kink_distance),
        **_floor(weights, peer),
    )


def hessian_batch_p200(repeats: int = 5) -> dict:
    """Hessians of 256 ReLU networks (9, 10, 10, 1) on 64 examples against vmap(hessian)."""
    weights, inputs, labels = _problem([9, 10, 10, 1], batch=256)
    derive = torch.func.vmap(torch.func.hessian(_torch_loss([w.shape[1:] for w in weights], inputs, labels)))
    flat = torch.cat([torch.from_numpy(w).flatten(1) for w in weights], dim=1)

    def closed():
        return hessian(weights, inputs, labels, _RELU, _OBJECTIVE)

    ours, peer = _alternate(closed, lambda: derive(flat), repeats)
    found, expected = closed(), derive(flat).numpy()
    difference = np.abs(found.matrix * np.exp(found.log_scale)[:, None, None] - expected).max()
    return _entry(
        "hessian-batch-p200-vs-torch-vmap",
        ours,
        peer,
        "torch.func.vmap(torch.func.hessian)",
        networks=len(expected),
        microseconds_a_network=1e6 * ours / len(expected),
        memory_over_output=_peak_bytes(closed) / found.matrix.nbytes,
        relative_difference=float(difference / np.abs(expected).max()),
        kink_distance=float(found.kink_distance.min()),
        **_floor(weights, peer),
    )


def spectrum_p2000(repeats: int = 5) -> dict:
    """All 2000 eigenvalues, Hessian and error bound included, against eigvalsh of the Hessian at hand."""
    weights, inputs, labels = _problem([9, 40, 40, 1])
    matrix = hessian(weights, inputs, labels, _RELU, _OBJECTIVE).matrix

    def compressed():
        return full_spectrum(weights, inputs, labels, _RELU, _OBJECTIVE)

    ours, peer = _alternate(compressed, lambda: np.linalg.eigvalsh(matrix), repeats)
    found, expected = compressed(), np.linalg.eigvalsh(matrix)
    norm = np.abs(expected).max()
    return _entry(
        "spectrum-p2000-vs-eigvalsh",
        ours,
        peer,
        "numpy.linalg.eigvalsh",
        difference_over_norm=float(np.abs(found.eigenvalues - expected).max() / norm),
        error_over_norm=float(found.error / norm),
        solved=found.solved,
        structural_zeros=found.structural_zeros,
    )


BENCHMARKS: dict[str, Callable[[], dict]] = {
    "hessian-p2000-vs-torch-func": hessian_p2000,
    "hessian-batch-p200-vs-torch-vmap": hessian_batch_p200,
    "spectrum-p2000-vs-eigvalsh": spectrum_p2000,
}
