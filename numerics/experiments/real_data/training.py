"""Ways of training compared on digits: noise in labels and weights, random batches, polynomial activations.

**Main results.** memo90/sec9-noise-overfit (`label_noise`), fig5 (`perturbations`), fig5-schedule
(`first_separation`), sec6-sgd-gd (`random_batches`), sec5.2-poly-relu-performance (`polynomial_activation`).

**Conventions.** Networks 64-32-32-10, 200 images to train on, 1597 to test. Differences are between networks from the
same start, in units of the standard deviation over starts where it says so.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from numpy.polynomial import Chebyshev, Polynomial
from torch import Tensor

from .estimates import Interval, bootstrap, known, mean_difference
from .networks import CLASSES, Activation, Networks, descend, shuffled_digits, start, steps

WIDTHS = (64, 32, 32, CLASSES)
EXAMPLES = 200
STARTS = 8
Quantities = dict[str, Interval | None]


def halves() -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """Training and test images with their classes."""
    x, y = shuffled_digits()
    return (x[:EXAMPLES], y[:EXAMPLES]), (x[EXAMPLES:], y[EXAMPLES:])


# ---- noise in the labels


def label_noise(share: float = 0.1, count: int = 1200, every: int = 40) -> Quantities:
    """How much the mean test loss, and error, end above their least along descent: loss_rise, error_rise, with clean
    training labels and with a share of them redrawn. training_error: the largest at the end. Each network has noise
    of its own; the test labels are as they are."""
    (x, y), _ = halves()
    g = torch.Generator().manual_seed(11)
    hit = torch.rand(STARTS, EXAMPLES, generator=g) < share
    drawn = torch.randint(0, CLASSES, (STARTS, EXAMPLES), generator=g)
    noisy = torch.where(hit, drawn, y)
    clean_loss, clean_error, clean = _rises(y.expand(STARTS, -1), x, count, every)
    noisy_loss, noisy_error, fitted = _rises(noisy, x, count, every)
    return {
        "clean_loss_rise": bootstrap(np.mean, clean_loss),
        "noisy_loss_rise": bootstrap(np.mean, noisy_loss),
        "clean_error_rise": bootstrap(np.mean, clean_error),
        "noisy_error_rise": bootstrap(np.mean, noisy_error),
        "training_error": known(max(clean, fitted)),
    }


def _rises(y: Tensor, x: Tensor, count: int, every: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Of every network the loss and the error on the test images at the end, less those at the time when the mean of
    the other networks is least; and the largest training error at the end."""
    test, seen = halves()[1], []
    path = steps(start(WIDTHS, [1.0] * STARTS, seed=13), lambda _: (x, y))
    for k in range(1, count + 1):
        networks = next(path)
        if k % every == 0:
            seen.append(torch.stack([networks.losses(*test), networks.errors(*test)]))
    told = torch.stack(seen).numpy()  # times, 2, networks
    best = [[_others_best(told[:, q, :], i) for i in range(STARTS)] for q in (0, 1)]
    rise = [told[-1, q] - told[best[q], q, np.arange(STARTS)] for q in (0, 1)]
    return rise[0], rise[1], float(networks.errors(x, y).max())


def _others_best(curves: np.ndarray, left_out: int) -> int:
    """The time at which the mean over all networks but one is least: no network chooses its own."""
    return int(np.delete(curves, left_out, axis=1).mean(1).argmin())


# ---- noise in the weights


def perturbations(settle: int = 800, between: int = 100, rounds: int = 12) -> Quantities:
    """Every hundred steps each layer is perturbed by Gaussian noise with a quarter of its own standard deviation; a
    control from the same state runs on without.

    digits_train_error, digits_train_loss: the largest at the end, and the loss before the first perturbation less that
    at the end; digits_loss_growth, digits_error_growth, digits_norm_growth: of the perturbed networks less the
    control, at the end.
    """
    train, test = halves()
    g = torch.Generator().manual_seed(17)
    settled = descend(start(WIDTHS, [1.0] * STARTS, seed=19), *train, settle)
    moved = settled
    for _ in range(rounds):
        moved = descend(_perturbed(moved, g), *train, between)
    control = descend(settled, *train, between * rounds)

    def growth(values: Tensor, without: Tensor) -> Interval:
        return bootstrap(np.mean, (values - without).numpy())

    return {
        "cifar_train_return": None,
        "cifar_loss_growth": None,
        "cifar_norm_growth": None,
        "digits_train_error": known(float(moved.errors(*train).max())),
        "digits_train_return": growth(settled.losses(*train), moved.losses(*train)),
        "digits_loss_growth": growth(moved.losses(*test), control.losses(*test)),
        "digits_error_growth": growth(moved.errors(*test), control.errors(*test)),
        "digits_norm_growth": growth(moved.norms().norm(dim=1), control.norms().norm(dim=1)),
        "digits_control_norm_growth": growth(control.norms().norm(dim=1), settled.norms().norm(dim=1)),
    }


def first_separation(limit: int = 800) -> Quantities:
    """digits_separation: the mean number of steps until the networks that are then perturbed have no training error."""
    train = halves()[0]
    reached, path = np.full(STARTS, float(limit)), steps(start(WIDTHS, [1.0] * STARTS, seed=19), lambda _: train)
    for count in range(1, limit):
        right = (next(path).errors(*train) == 0).numpy()
        reached[right & (reached == limit)] = count
    return {"cifar_separation_epoch": None, "digits_separation": bootstrap(np.mean, reached)}


def _perturbed(networks: Networks, g: torch.Generator) -> Networks:
    noise = [torch.randn(w.shape, generator=g, dtype=w.dtype) for w in networks.layers]
    sizes = [w.flatten(1).std(dim=1).reshape(-1, 1, 1) / 4 for w in networks.layers]
    return Networks(
        tuple(w + s * n for w, s, n in zip(networks.layers, sizes, noise, strict=True)), networks.activation
    )


# ---- random batches


@cache
def on_all_images(count: int = 800) -> Networks:
    """Full descent, the reference of what follows."""
    return descend(start(WIDTHS, [1.0] * STARTS, seed=23), *halves()[0], count)


def random_batches(size: int = 20, count: int = 1600) -> Quantities:
    """Test error and loss of stochastic descent less those of full descent, in standard deviations over starts."""
    (x, y), test = halves()
    g = torch.Generator().manual_seed(29)

    def batch(_: int) -> tuple[Tensor, Tensor]:
        chosen = torch.randperm(EXAMPLES, generator=g)[:size]
        return x[chosen], y[chosen]

    path = steps(start(WIDTHS, [1.0] * STARTS, seed=23), batch, step=0.1)
    for _ in range(count):
        networks = next(path)
    full = on_all_images()
    return {
        "cifar_error_difference": None,
        "digits_train_error": known(max(float(n.errors(x, y).max()) for n in (networks, full))),
        "digits_error_difference": _in_deviations(networks.errors(*test), full.errors(*test)),
        "digits_loss_difference": _in_deviations(networks.losses(*test), full.losses(*test)),
    }


def _in_deviations(values: Tensor, reference: Tensor) -> Interval:
    """Mean difference over the reference's standard deviation."""
    return bootstrap(
        lambda a, b: mean_difference(a, b) / float(b.std(ddof=1)) if b.std() else float("nan"),
        values.numpy(),
        reference.numpy(),
    )


# ---- polynomial activations


def rectifier_polynomial(degree: int, reach: float) -> Activation:
    """z/2 plus an even polynomial: max(z, 0) = z/2 + |z|/2 at Chebyshev's points of [-reach, reach]."""
    fit = Chebyshev.interpolate(lambda square: np.sqrt(square) / 2, degree // 2, domain=[0, reach**2])
    powers = [float(c) for c in fit.convert(kind=Polynomial).coef]

    def activation(z: Tensor) -> Tensor:
        square, value = z * z, torch.full_like(z, powers[-1])
        for c in reversed(powers[:-1]):
            value = value * square + c
        return z / 2 + value

    return activation


def polynomial_activation(degree: int = 8, reach: float = 15.0, count: int = 500, starts: int = 10) -> Quantities:
    """Test error of networks with a polynomial for the rectifier less that of rectifiers from the same starts, in
    standard deviations over starts: error_difference; polynomial_error, rectifier_error: the means; training_error: the
    largest; largest_input: the largest pre-activation that a polynomial met on any image, over the reach of the fit."""
    (x, y), test = halves()
    polynomial, rectified = (
        descend(start(WIDTHS, [1.0] * starts, 23, a), x, y, count, step=0.1)
        for a in (rectifier_polynomial(degree, reach), torch.relu)
    )
    met = max(float(_largest_input(polynomial, z).max()) for z in (x, test[0]))
    return {
        "error_difference": _in_deviations(polynomial.errors(*test), rectified.errors(*test)),
        "polynomial_error": bootstrap(np.mean, polynomial.errors(*test).numpy()),
        "rectifier_error": bootstrap(np.mean, rectified.errors(*test).numpy()),
        "training_error": known(max(float(n.errors(x, y).max()) for n in (polynomial, rectified))),
        "largest_input": known(met / reach),
    }


def _largest_input(networks: Networks, x: Tensor) -> Tensor:
    """Largest size of a pre-activation, (B,)."""
    signal, largest = x.T, torch.zeros(len(networks.layers[0]), dtype=x.dtype)
    for layer in networks.layers[:-1]:
        before = layer @ signal
        largest = torch.maximum(largest, before.abs().amax(dim=(1, 2)))
        signal = networks.activation(before)
    return largest
