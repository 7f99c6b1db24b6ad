"""A training problem as numbers: network, data, loss, flow. The one place where a flow's hypotheses are
validated."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .hard_margin import HardMargin, NotSeparable, hard_margin
from .invariants import Balance
from .losses import MarginPotential, SquarePotential
from .networks import SMOOTH, LinearNetwork, SmoothNetwork, power_activation

NETWORKS = ("linear", "power", "smooth", "relu", "leaky-relu")
LOSSES = ("exponential", "logistic", "square", "cross-entropy")
FLOWS = ("gradient", "constrained", "fixed-rho", "weight-norm")


@dataclass(frozen=True, eq=False)
class FlowSetting:
    """Network f = W_K s(... s(W_1 x)), data (x_n, y_n), loss L and flow.

    `inputs` (N, d). `labels`: (N,) signs for exponential and logistic, (N,) or (N, C) reals for square, (N,)
    classes 1..C for cross-entropy. `average` (1/N) sum or the sum. `weight_decay` adds sum_k decay_k |W_k|^2:
    a number or one a layer.
    `output_activation`: f = s(W_K ...), for smooth and power networks (nothing changes in linear ones).
    Raises ValueError naming the entry that does not fit.
    """

    widths: tuple[int, ...]
    inputs: np.ndarray
    labels: np.ndarray
    loss: str = "exponential"
    network: str = "linear"
    flow: str = "gradient"
    average: bool = True
    weight_decay: float | tuple[float, ...] = 0.0
    degree: int = 2
    smooth: str = "softplus"
    slope: float = 0.1
    output_activation: bool = False

    def __post_init__(self):
        object.__setattr__(self, "inputs", np.asarray(self.inputs, float))
        object.__setattr__(self, "labels", np.asarray(self.labels))
        object.__setattr__(self, "widths", tuple(int(w) for w in self.widths))
        for name, allowed in (("network", NETWORKS), ("loss", LOSSES), ("flow", FLOWS)):
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name} is {getattr(self, name)!r}; it must be one of {', '.join(allowed)}")
        if self.inputs.ndim != 2 or self.inputs.shape[1] != self.widths[0] or len(self.labels) != len(self.inputs):
            raise ValueError(
                f"inputs {self.inputs.shape} and labels {self.labels.shape} do not fit widths {self.widths}"
            )
        if self.loss in ("exponential", "logistic"):
            self._require_signs()
        if self.loss == "cross-entropy" and not set(np.unique(self.labels)) <= set(range(1, self.widths[-1] + 1)):
            raise ValueError(f"cross-entropy labels are classes 1..{self.widths[-1]}; got {np.unique(self.labels)}")
        if len(self.decay) != len(self.widths) - 1 or min(self.decay) < 0:
            raise ValueError(f"weight_decay must be >= 0, one number or one a layer; got {self.weight_decay}")

        if self.output_activation and self.network in ("relu", "leaky-relu"):
            raise ValueError(f"flows do not follow the kinks of an output activation; the network is {self.network}")

    def _require_signs(self):
        if self.widths[-1] != 1 or not np.isin(self.labels, (-1, 1)).all():
            raise ValueError(f"the {self.loss} loss needs labels +-1 and last width 1; got width {self.widths[-1]}")

    @cached_property
    def decay(self) -> np.ndarray:
        """Weight decay of each layer (K,)."""
        given = np.atleast_1d(np.asarray(self.weight_decay, float))
        return np.repeat(given, len(self.widths) - 1) if given.size == 1 else given

    @property
    def off_slope(self) -> float:
        """Slope of the activation where its input is negative: 0 for relu, `slope` for leaky-relu."""
        return self.slope if self.network == "leaky-relu" else 0.0

    @cached_property
    def model(self) -> LinearNetwork | SmoothNetwork:
        """The network in the given coordinates."""
        if self.network == "linear":
            return LinearNetwork(self.widths)
        if self.network in ("relu", "leaky-relu"):
            raise ValueError(f"a {self.network} network has no smooth flow; integrate it with sliding_flow")
        activation = power_activation(self.degree) if self.network == "power" else SMOOTH[self.smooth]
        return SmoothNetwork(self.widths, activation, self.inputs, self.output_activation)

    @cached_property
    def separator(self) -> HardMargin | None:
        """Hard margin of the data, if it is separable and the labels are signs."""
        if self.widths[-1] != 1 or not np.isin(self.labels, (-1, 1)).all():
            return None
        try:
            return hard_margin(self.inputs, self.labels)
        except NotSeparable:
            return None

    @cached_property
    def layer_degrees(self) -> tuple[int, ...]:
        """Degree a_k of f in W_k; all 1 for an inhomogeneous activation, where it only serves to normalise."""
        power = self.degree if self.network == "power" else 1
        depth = len(self.widths) - 1
        return tuple(power ** (depth - 1 - k + self.output_activation) for k in range(depth))

    @cached_property
    def balance(self) -> Balance | None:
        """The quadratic invariants of this flow; None where there are none."""
        if self.flow == "fixed-rho":
            return Balance("norms")
        if self.decay.any() or self.network == "smooth" or len(self.widths) == 2:
            return None
        power = self.degree if self.network == "power" else 1
        if self.flow != "gradient":
            return Balance("layer", power)
        return Balance("matrix" if self.network == "linear" else "neuron", power)

    def output_rows(self) -> np.ndarray:
        """Matrix T (N C, m) with outputs f = T u on the model's features u."""
        if self.network != "linear":
            return np.eye(len(self.inputs) * self.widths[-1])
        classes = self.widths[-1]
        return np.einsum("cb,nj->ncbj", np.eye(classes), self.inputs).reshape(-1, classes * self.widths[0])

    def potential(self) -> MarginPotential | SquarePotential:
        """The loss on the model's features, in the given coordinates."""
        rows, count, classes = self.output_rows(), len(self.inputs), self.widths[-1]
        if self.loss == "square":
            return SquarePotential(rows, np.asarray(self.labels, float).ravel(), count if self.average else 1.0)
        groups = 1
        if self.loss == "cross-entropy":
            rows, groups = self._class_margins(rows.reshape(count, classes, -1)), classes - 1
        else:
            rows = rows * self.labels[:, None]
        kind = "exponential" if self.loss == "exponential" else "logistic"
        return MarginPotential(kind, np.zeros(rows.shape[1]), rows, groups, np.log(count) if self.average else 0.0)

    def _class_margins(self, rows):
        """Rows of f_y - f_c for every other class c, example by example."""
        picked = []
        for label, outputs in zip(self.labels.astype(int) - 1, rows, strict=True):
            picked.append(outputs[label] - np.delete(outputs, label, axis=0))
        return np.concatenate(picked)
