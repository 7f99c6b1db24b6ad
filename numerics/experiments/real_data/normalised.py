"""Losses of normalised networks on digits: the experiment of PNAS Fig. 2, with the controls that it needs.

**Main results.** pnas20/fig2-left (`zero_training_error`), fig2-right, small-gap-normalised (`loss_line`), fig2-ranking
(`loss_ranking`), fig2-random (`random_labels`), fig2-small-offset (`offset`); memo90/sec5.4-different-minimisers
(`starts`). What the controls show is derived in `derivations/real_data.py`.

**Notation.** s is the product of the Frobenius norms of the layers; the normalised losses are those of f/s.

**Conventions.** 24 networks 64-32-32-10, eight for each of three sizes of the start; 200 images to train on, the other
1597 to test; plain descent on all images. Beside each network's own divisor stands a control: ONE network with the
divisors of all 24.
"""

from __future__ import annotations

import math
from functools import cache
from itertools import combinations

import numpy as np
import torch
from torch import Tensor

from . import deposit, estimates
from .estimates import (
    Interval,
    binomial,
    bootstrap,
    bootstrap_apart,
    correlation,
    known,
    mean_difference,
    rank_correlation,
    slope,
)
from .networks import CLASSES, Networks, descend, shuffled_digits, start

WIDTHS = (64, 32, 32, CLASSES)
EXAMPLES = 200
SCALES = (0.5, 1.0, 2.0)
STARTS = 8  # for each scale
STEPS = 600
RANDOM_STEPS = 1500  # random labels take longer
RANDOM_STARTS = 8  # each with labels of its own
Quantities = dict[str, Interval | None]


def halves() -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """Training and test images with their classes."""
    x, y = shuffled_digits()
    return (x[:EXAMPLES], y[:EXAMPLES]), (x[EXAMPLES:], y[EXAMPLES:])


@cache
def trained() -> Networks:
    """24 networks, by scale of the start."""
    scales = [s for s in SCALES for _ in range(STARTS)]
    return descend(start(WIDTHS, scales, seed=1), *halves()[0], STEPS)


@cache
def trained_on_random_labels() -> tuple[Networks, Tensor]:
    """Eight networks, and the labels drawn at random for each, (8, N)."""
    x = halves()[0][0]
    labels = torch.randint(0, CLASSES, (RANDOM_STARTS, EXAMPLES), generator=torch.Generator().manual_seed(2))
    return descend(start(WIDTHS, [1.0] * RANDOM_STARTS, seed=3), x, labels, RANDOM_STEPS), labels


def divisors(networks: Networks) -> Tensor:
    """s of every network."""
    return networks.norms().prod(dim=1)


@cache
def losses() -> dict[str, np.ndarray]:
    """Raw and normalised losses and errors of the 24 networks."""
    networks, (train, test) = trained(), halves()
    s = divisors(networks)
    found = {
        "raw_train": networks.losses(*train),
        "raw_test": networks.losses(*test),
        "train": networks.losses(*train, s),
        "test": networks.losses(*test, s),
        "train_error": networks.errors(*train),
        "error": networks.errors(*test),
    }
    return {name: values.numpy() for name, values in found.items()}


# ---- Fig. 2 left


def zero_training_error() -> Quantities:
    """digits_train_error: the largest of the 24; digits_worst_loses: of the images that the network best and the one
    worst on half of the test set classify differently well, on the other half, the share that the worst gets wrong;
    digits_raw_correlation: of the losses as they are."""
    found = losses()
    return {
        **deposit.errors(),
        "digits_train_error": known(found["train_error"].max()),
        "digits_worst_loses": worst_loses(),
        "digits_raw_correlation": bootstrap(correlation, found["raw_train"], found["raw_test"]),
    }


def worst_loses() -> Interval:
    """Chosen on one half of the test set, compared on the other, so that the choice does not bias the comparison."""
    wrong = trained().wrong(*halves()[1]).numpy()
    half = wrong.shape[1] // 2
    order = wrong[:, :half].mean(1)
    best, worst = wrong[order.argmin(), half:], wrong[order.argmax(), half:]
    return binomial(int((worst & ~best).sum()), int((worst != best).sum()))


def starts() -> Quantities:
    """Pairs of networks whose errors on the test images differ, at 95 %: of one scale of the start, and of two.

    digits_similar, digits_apart: shares of such pairs; digits_excess: the second less the first; intervals by
    resampling the networks within each scale. digits_train_error, digits_worst_loses as in `zero_training_error`.
    """
    wrong = trained().wrong(*halves()[1]).numpy()
    differ = _pairs_that_differ(wrong)
    random = np.random.default_rng(0)
    blocks = np.arange(len(SCALES) * STARTS).reshape(len(SCALES), STARTS)
    drawn = [_shares(differ, np.array([random.choice(b, STARTS) for b in blocks])) for _ in range(estimates.DRAWS)]
    shares = np.array([(similar, apart, apart - similar) for similar, apart in (_shares(differ, blocks), *drawn)])
    tail = (1 - estimates.LEVEL) / 2
    low, high = np.nanquantile(shares[1:], [tail, 1 - tail], axis=0)
    names = ("digits_similar", "digits_apart", "digits_excess")
    bounds = zip(shares[0], np.minimum(low, shares[0]), np.maximum(high, shares[0]), strict=True)
    return {
        "digits_train_error": known(losses()["train_error"].max()),
        "digits_worst_loses": worst_loses(),
        **{name: (float(v), float(a), float(b)) for name, (v, a, b) in zip(names, bounds, strict=True)},
    }


def _pairs_that_differ(wrong: np.ndarray) -> np.ndarray:
    """McNemar's exact test: the interval for the share of discordant images leaves out one half."""
    count = len(wrong)
    differ = np.zeros((count, count), bool)
    for i, j in combinations(range(count), 2):
        _, low, high = binomial(int((wrong[i] & ~wrong[j]).sum()), int((wrong[i] != wrong[j]).sum()))
        differ[i, j] = differ[j, i] = not low <= 0.5 <= high
    return differ


def _shares(differ: np.ndarray, blocks: np.ndarray) -> tuple[float, float]:
    """Shares of differing pairs within blocks and across; a network drawn twice is no pair."""
    within = [differ[i, j] for block in blocks for i, j in combinations(block, 2) if i != j]
    across = [differ[np.ix_(a, b)].mean() for a, b in combinations(blocks, 2)]
    return float(np.mean(within)) if within else math.nan, float(np.mean(across))


# ---- Fig. 2 right


def loss_line() -> Quantities:
    """digits_slope: of test on training loss, normalised; digits_intercept: mean of test less training loss;
    digits_relative_gap: that over log 10 less the training loss, which no divisor changes in first order;
    control_slope, control_correlation: the same line for ONE network with the 24 divisors, least and largest over the
    24 choices of that network; random_labels_gap: mean of test less training loss of networks that learnt random
    labels, divided likewise."""
    found = losses()
    chance = math.log(CLASSES)
    slopes, correlations = controls()
    return {
        **deposit.normalised_line(),
        "recorded_random_labels_gap": None,
        "digits_slope": bootstrap(slope, found["train"], found["test"]),
        "digits_intercept": bootstrap(np.mean, found["test"] - found["train"]),
        "digits_relative_gap": bootstrap(np.mean, (found["test"] - found["train"]) / (chance - found["train"])),
        "control_slope": _range(slopes),
        "control_correlation": _range(correlations),
        "random_labels_gap": bootstrap(np.mean, random_losses()[1] - random_losses()[0]),
    }


def controls() -> tuple[np.ndarray, np.ndarray]:
    """Slope and correlation of the line of each network alone under all divisors."""
    networks, (train, test) = trained(), halves()
    s = divisors(networks)
    points = [(networks.losses(*train, d).numpy(), networks.losses(*test, d).numpy()) for d in s]
    x, y = (np.array([p[side] for p in points]) for side in (0, 1))
    each = range(x.shape[1])
    return np.array([slope(x[:, i], y[:, i]) for i in each]), np.array([correlation(x[:, i], y[:, i]) for i in each])


def _range(values: np.ndarray) -> Interval:
    return float(np.median(values)), float(values.min()), float(values.max())


def random_losses() -> tuple[np.ndarray, np.ndarray]:
    """Normalised training and test loss of the networks that learnt random labels; the test labels are true."""
    networks, labels = trained_on_random_labels()
    (x, _), test = halves()
    s = divisors(networks)
    return networks.losses(x, labels, s).numpy(), networks.losses(*test, s).numpy()


def random_labels() -> Quantities:
    """digits_train_error: largest of the networks that learnt random labels; digits_test_error: their mean error on the
    test images, nine tenths by chance; digits_train_excess, digits_test_excess: their normalised losses less those of
    the networks with true labels from starts of the same scale."""
    networks, labels = trained_on_random_labels()
    (x, _), test = halves()
    train, tested = random_losses()
    same = slice(STARTS, 2 * STARTS)
    return {
        "recorded_train_error": None,
        "recorded_test_error": None,
        "recorded_train_excess": None,
        "recorded_test_excess": None,
        "digits_train_error": known(float(networks.errors(x, labels).max())),
        "digits_test_error": bootstrap(np.mean, networks.errors(*test).numpy()),
        "digits_train_excess": bootstrap_apart(mean_difference, train, losses()["train"][same]),
        "digits_test_excess": bootstrap_apart(mean_difference, tested, losses()["test"][same]),
    }


def loss_ranking() -> Quantities:
    """Spearman's correlation with the test error: of the normalised test loss, and of the test loss as it is."""
    found = losses()
    return {
        **deposit.ranking(),
        "digits_rank_correlation": bootstrap(rank_correlation, found["test"], found["error"]),
        "digits_raw_rank_correlation": bootstrap(rank_correlation, found["raw_test"], found["error"]),
    }


def offset(confidence: float = 0.95) -> Quantities:
    """digits_complexity: a lower bound of the Rademacher complexity of normalised networks on these images;
    digits_confidence: sqrt(log(1/delta)/(2N)); digits_signal: log 10 less the training loss of the normalised networks,
    all that sets them apart from the zero function, on average; digits_log_classes: log 10.

    The bound: a chain of single units is s relu(a.x) with |a| = 1 and s = +-1, and a.x = relu(a.x) - relu(-a.x), so the
    complexity is at least half of E|sum_n e_n x_n|/N, which is at least sqrt(sum_n |x_n|^2/2)/N (Khintchine's
    inequality with the constant of Szarek, Latala and Oleszkiewicz).
    """
    x = halves()[0][0]
    found = losses()
    return {
        "recorded_complexity": None,
        "recorded_signal": None,
        "digits_complexity": known(math.sqrt(float(x.square().sum()) / 2) / (2 * EXAMPLES)),
        "digits_confidence": known(math.sqrt(math.log(1 / (1 - confidence)) / (2 * EXAMPLES))),
        "digits_signal": bootstrap(np.mean, math.log(CLASSES) - found["train"]),
        "digits_log_classes": known(math.log(CLASSES)),
    }
