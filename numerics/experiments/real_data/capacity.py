"""Numbers of weights and of examples: digits learnt by networks of many widths, and from few or many images.

**Main results.** memo90/fig2-left, fig2-right (`widths`), fig1-random-labels (`random_labels`), sec2-more-data
(`more_data`); pnas20/sep-weak-overparam (`separation`), disc-no-generalisation (`interpolation`).

**Notation.** h is the width of both hidden layers; D = 64 h + h^2 + 10 h the number of weights; N that of examples.

**Conventions.** Plain descent on all images; the test images are those after the first 800 in an order drawn once.
"""

from __future__ import annotations

import math
from functools import cache
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from .estimates import Interval, binomial, bootstrap, bootstrap_apart, known, mean_difference, slope
from .networks import CLASSES, Networks, descend, shuffled_digits, start, steps

PIXELS = 64
POOL = 800  # images to train on; the others test
EXAMPLES = 400
WIDTHS = (8, 16, 32, 64)  # 656 weights to 8832
STARTS = 6
STEPS = 700
SIZES = (50, 100, 200, 400, 800)
LONG = 1500  # steps, for 800 images
Quantities = dict[str, Interval | None]


def shape(width: int) -> tuple[int, ...]:
    """Sizes of the layers."""
    return (PIXELS, width, width, CLASSES)


def held_out() -> tuple[Tensor, Tensor]:
    """Test images."""
    x, y = shuffled_digits()
    return x[POOL:], y[POOL:]


# ---- width


@cache
def trained(width: int) -> Networks:
    """Six networks after descent on the first 400 images."""
    x, y = shuffled_digits()
    return descend(start(shape(width), [1.0] * STARTS, seed=width), x[:EXAMPLES], y[:EXAMPLES], STEPS)


def widths() -> Quantities:
    """Per doubling of the number of weights, over the networks with zero training error: digits_error_slope of the
    test error, digits_loss_slope of the test loss, digits_norm_slope of the length of all weights; and
    digits_least_weights, digits_most_weights, digits_examples."""
    rows = np.concatenate([_fitted(trained(h)) for h in WIDTHS])
    size, error, loss, norm = rows.T
    return {
        "cifar_error_slope": None,
        "cifar_loss_slope": None,
        "digits_error_slope": bootstrap(slope, size, error),
        "digits_loss_slope": bootstrap(slope, size, loss),
        "digits_norm_slope": bootstrap(slope, size, norm),
        "digits_least_weights": known(round(2 ** size.min())),
        "digits_most_weights": known(round(2 ** size.max())),
        "digits_examples": known(EXAMPLES),
    }


def _fitted(networks: Networks) -> np.ndarray:
    """log2 of the number of weights, test error, test loss, length of the weights: of those without training error."""
    x, y = shuffled_digits()
    error, loss = _tested(networks)
    size = np.full(len(error), math.log2(networks.parameters))
    rows = np.stack([size, error, loss, networks.norms().norm(dim=1).numpy()], axis=1)
    return rows[(networks.errors(x[:EXAMPLES], y[:EXAMPLES]) == 0).numpy()]


def _tested(networks: Networks) -> tuple[np.ndarray, np.ndarray]:
    return networks.errors(*held_out()).numpy(), networks.losses(*held_out()).numpy()


def interpolation() -> Quantities:
    """The widest networks: weights, examples, the largest training_error; test_error, the mean, within the exact
    intervals of the best and the worst; loss_ratio of test to training loss; linear_loses: of the test images that
    the worst of them and the least-squares fit on the same images classify differently well, the share that least
    squares gets wrong."""
    x, y = shuffled_digits()
    networks = trained(WIDTHS[-1])
    train, test = networks.losses(x[:EXAMPLES], y[:EXAMPLES]).numpy(), _tested(networks)[1]
    which = networks.wrong(*held_out())
    wrong = which.sum(1)
    worst, linear = which[wrong.argmax()], _wrong_by_least_squares()
    images = len(held_out()[1])
    return {
        "weights": known(networks.parameters),
        "examples": known(EXAMPLES),
        "training_error": known(float(networks.errors(x[:EXAMPLES], y[:EXAMPLES]).max())),
        "test_error": (
            float(wrong.double().mean()) / images,
            binomial(int(wrong.min()), images)[1],
            binomial(int(wrong.max()), images)[2],
        ),
        "loss_ratio": bootstrap(np.mean, test / train),
        "linear_loses": binomial(int((linear & ~worst).sum()), int((linear != worst).sum())),
    }


def _wrong_by_least_squares() -> Tensor:
    """Test images that the shortest least-squares fit of the ten indicators gets wrong."""
    x, y = shuffled_digits()
    weights = torch.linalg.pinv(x[:EXAMPLES]) @ torch.nn.functional.one_hot(y[:EXAMPLES], CLASSES).double()
    images, classes = held_out()
    return (images @ weights).argmax(1) != classes


# ---- separation


def separation(limit: int = 1500, examples: int = 150) -> Quantities:
    """Steps of descent until all images are right, for 2 units a layer and for 32, with true labels and random ones.

    wide_separates, random_separates, narrow_separates: the share of 12 networks that do within the limit;
    wide_steps, random_steps: the mean number of steps; limit: that of the steps allowed.
    """
    x, y = shuffled_digits()
    labels = torch.randint(0, CLASSES, (2 * STARTS, examples), generator=torch.Generator().manual_seed(5))
    found: Quantities = {"limit": known(limit)}
    for word, width, classes in (("wide", 32, y[:examples]), ("random", 32, labels), ("narrow", 2, y[:examples])):
        reached = first_separation(width, x[:examples], classes, limit)
        found[f"{word}_separates"] = binomial(int(np.isfinite(reached).sum()), len(reached))
        found[f"{word}_steps"] = bootstrap(np.mean, np.minimum(reached, limit))
        found[f"{word}_weights"] = known(sum(a * b for a, b in pairwise(shape(width))))
    return {**found, "examples": known(examples)}


def first_separation(width: int, x: Tensor, y: Tensor, limit: int) -> np.ndarray:
    """The first step after which a network has every image right; infinite if there is none."""
    reached = np.full(2 * STARTS, np.inf)
    path = steps(start(shape(width), [1.0] * len(reached), seed=7), lambda _: (x, y))
    for count in range(1, limit + 1):
        right = (next(path).errors(x, y) == 0).numpy()
        reached[right & np.isinf(reached)] = count
        if np.isfinite(reached).all():
            break
    return reached


def random_labels(examples: int = 150, limit: int = 1500) -> Quantities:
    """digits_fits: share of 12 networks with zero training error on random labels; digits_test_error: the mean."""
    x, _ = shuffled_digits()
    labels = torch.randint(0, CLASSES, (2 * STARTS, examples), generator=torch.Generator().manual_seed(5))
    networks = descend(start(shape(32), [1.0] * 2 * STARTS, seed=7), x[:examples], labels, limit)
    return {
        "cifar_train_error": None,
        "digits_fits": binomial(int((networks.errors(x[:examples], labels) == 0).sum()), 2 * STARTS),
        "digits_test_error": bootstrap(np.mean, networks.errors(*held_out()).numpy()),
    }


# ---- more examples


def more_data() -> Quantities:
    """fall_N: mean test error with N images less that with twice as many, six networks each; training_error: the
    largest of all; training_loss: the least, which descent goes on minimising where the error is zero."""
    x, y = shuffled_digits()
    errors, most, least = {}, 0.0, math.inf
    for count in SIZES:
        networks = descend(start(shape(16), [1.0] * STARTS, seed=count), x[:count], y[:count], LONG)
        errors[count] = networks.errors(*held_out()).numpy()
        most = max(most, float(networks.errors(x[:count], y[:count]).max()))
        least = min(least, float(networks.losses(x[:count], y[:count]).min()))
    falls: Quantities = {
        f"fall_{a}": bootstrap_apart(mean_difference, errors[a], errors[b]) for a, b in pairwise(SIZES)
    }
    return {**falls, "training_error": known(most), "training_loss": known(least)}
