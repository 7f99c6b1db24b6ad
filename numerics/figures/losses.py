"""Test against training loss of networks on digits, as they are and normalised, beside one network by itself.

About: what PNAS Fig. 2 shows of networks on CIFAR, with the control that it lacks. The networks are those of
`numerics.experiments.real_data.normalised`, on which the claims are measured.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..experiments.real_data import normalised
from ..experiments.real_data.estimates import line
from ..experiments.real_data.networks import CLASSES
from . import rounded

SHOWN = 8  # the network of the control: the first of the starts of ordinary size


def digits_losses() -> dict[str, Any]:
    """Losses of every network, of those that learnt random labels, and of one network under all divisors."""
    found, (train, test) = normalised.losses(), normalised.halves()
    networks = normalised.trained()
    divided = [
        (networks.losses(*train, s)[SHOWN], networks.losses(*test, s)[SHOWN]) for s in normalised.divisors(networks)
    ]
    one: np.ndarray = np.array(divided).T
    random_train, random_test = normalised.random_losses()
    return {
        "chance": rounded([math.log(CLASSES)])[0],
        "scales": list(normalised.SCALES),
        "groups": [_group(found, i) for i in range(len(normalised.SCALES))],
        "line": rounded(line(found["train"], found["test"])),
        "one": {"train": rounded(one[0]), "test": rounded(one[1]), "line": rounded(line(*one))},
        "random": {"train": rounded(random_train), "test": rounded(random_test)},
    }


def _group(found: dict[str, np.ndarray], index: int) -> dict[str, list[float]]:
    """The losses of the networks from starts of one size."""
    chosen = slice(index * normalised.STARTS, (index + 1) * normalised.STARTS)
    return {name: rounded(found[name][chosen]) for name in ("raw_train", "raw_test", "train", "test", "error")}
