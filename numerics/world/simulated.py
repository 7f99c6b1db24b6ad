"""The simulated world: terms of the formula language as batched tensors, with automatic derivatives.

About: values of every name of the language at B independent networks with data.

Notation: W_k layers, rho_k = |W_k|_F, V_k = W_k/rho_k, G_k = dL/dW_k, <.,.> Frobenius inner product. Flows:

    gradient     dW_k = -G_k
    constrained  d rho_k = -<G_k, V_k>,  dV_k = -rho_k (G_k - <G_k, V_k> V_k)
    fixed-rho    the same with d rho_k = 0
    weight-norm  W_k = g_k v_k/|v_k|, descent in (g, v). From |v_k| = 1: dg_k = -<G_k, V_k> and
                 dv_k = -g_k (G_k - <G_k, V_k> V_k) is orthogonal to v_k, so |v_k| stays 1, V_k = v_k, rho_k = g_k:
                 the motion of W_k is the one of `constrained`

Conventions: scalars (B,), vectors (B, n), matrices (B, r, c); layers and examples count from 1.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cached_property

import torch
from torch import Tensor

from ..curvature.tensors import LossHessian, kink_distance, loss_hessian
from ..network.activations import Activation
from ..network.forward import example_losses, forward, label_indices, label_margins, one_hot
from . import derivatives
from .algebra import BatchedAlgebra, smallest
from .margin import max_margin
from .points import Points
from .second_source import check
from .state import State, scaled, stacked

FLOWS = ("gradient", "constrained", "fixed-rho", "weight-norm")


class SimulatedWorld(BatchedAlgebra):
    """Values of the formula language at `points`, in the setting that the other keywords describe.

    Raises ValueError where points and setting do not fit, or a keyword has no meaning.
    """

    def __init__(
        self,
        points: Points,
        *,
        network: str,
        widths: Sequence[int],
        examples: int,
        loss: str,
        average: bool = True,
        weight_decay=0,
        flow: str = "gradient",
        degree: int = 2,
        slope: Fraction | float = Fraction(1, 10),
        smooth: str = "softplus",
        output_activation: bool = False,
        dtype: torch.dtype = torch.float64,
    ):
        super().__init__(dtype, points.x.device)
        self.points = points.to(dtype)
        self.widths, self.examples, self.loss, self.average = tuple(widths), examples, loss, average
        self.weight_decay, self.flow, self.output_activation = weight_decay, flow, output_activation
        self.activation = Activation(network, degree, float(slope), smooth)
        self._check()
        self.state: State = State(W=self.points.W)

    def _check(self) -> None:
        want = [(r, c) for c, r in zip(self.widths, self.widths[1:], strict=False)]
        met = [tuple(w.shape[1:]) for w in self.points.W]
        if want != met:
            raise ValueError(f"layers of shapes {met} where widths {list(self.widths)} ask for {want}")
        if self.points.x.shape[1:] != (self.examples, self.widths[0]):
            shape = tuple(self.points.x.shape[1:])
            raise ValueError(f"inputs of shape {shape}, expected ({self.examples}, {self.widths[0]})")
        if self.flow not in FLOWS:
            raise ValueError(f"flow {self.flow!r}: expected one of {', '.join(FLOWS)}")

    # ---- constants

    def constant(self, name: str) -> Tensor:
        """p decay pi margin X Y min_norm max_margin svm. Raises ValueError for another name."""
        match name:
            case "pi":
                return self._tensor([torch.pi])
            case "p":
                return self.number(Fraction(self.activation.degree))
            case "decay":
                return self._shared_decay()
            case "margin":
                return self.margin(self.state)
            case "X":
                return self.points.x
            case "Y":
                return self.points.y
            case "min_norm":
                return self.matmul(torch.linalg.pinv(self.points.x), self.points.y)
            case "max_margin":
                return self._separator[0]
            case "svm":
                return self._separator[1]
        raise ValueError(f"no constant {name!r} in the simulated world")

    def _shared_decay(self) -> Tensor:
        if isinstance(self.weight_decay, tuple | list) and len(set(self.weight_decay)) > 1:
            raise ValueError("the weight decay differs between layers: write decay[k]")
        return self.points.decay[:, 0]

    @cached_property
    def _separator(self) -> tuple[Tensor, Tensor]:
        margins, directions = max_margin(self.points.x, self.points.y)
        return margins, directions

    def layer_decay(self, k: int) -> Tensor:
        return self.points.decay[:, k - 1]

    def input(self, n: int) -> Tensor:
        return self.points.x[:, n - 1]

    def label(self, n: int) -> Tensor:
        return self.points.y[:, n - 1]

    def onehot(self, n: int) -> Tensor:
        """Unit vector of example n's class label, (B, C)."""
        return one_hot(self.points.y, self.widths[-1])[:, :, n - 1]

    def label_entry(self, a: Tensor, n: int) -> Tensor:
        """Component of the vector a at the class label of example n, (B,)."""
        index = label_indices(self.points.y[:, n - 1 : n])
        return a.expand(len(index), -1).gather(1, index)[:, 0]

    def apply(self, name: str, a: Tensor) -> Tensor:
        """A named function, the activation act and its derivatives act1, act2 among them."""
        act = self.activation
        own: dict[str, Callable[[Tensor], Tensor]] = {"act": act, "act1": act.first, "act2": act.second}
        return own[name](a) if name in own else super().apply(name, a)

    # ---- the network

    def weight(self, state: State, k: int) -> Tensor:
        """W_k; rho_k V_k in a polar state."""
        return state.W[k - 1]

    def direction(self, state: State, k: int) -> Tensor:
        """V_k = W_k/|W_k|_F; the free leaf V_k in a polar state."""
        return state.V[k - 1]

    def layer_norm(self, state: State, k: int) -> Tensor:
        """rho_k = |W_k|_F; the leaf rho_k in a polar state."""
        return state.rho[k - 1]

    def norm_product(self, state: State) -> Tensor:
        """rho, the product of all rho_k."""
        return torch.stack(state.rho).prod(0) if len(state.rho) > 1 else state.rho[0]

    def weights_vector(self, state: State) -> Tensor:
        """All layers stacked, each row by row, (B, p)."""
        return stacked(state.W)

    def _forward(self, state: State, normalized: bool):
        def compute():
            layers = state.V if normalized else state.W
            return forward(layers, self.points.x, self.activation, self.output_activation)

        return state.remember(("forward", normalized), compute)

    def outputs(self, state: State) -> Tensor:
        """f(W; x_n) of all examples, (B, C, N)."""
        return self._forward(state, False)[1]

    def output(self, state: State, n: int, normalized: bool) -> Tensor:
        """f(W; x_n), or f(V; x_n): (B, C)."""
        return self._forward(state, normalized)[1][:, :, n - 1]

    def preactivation(self, state: State, k: int, n: int) -> Tensor:
        """z_k at example n, (B, h_k)."""
        return self._forward(state, False)[0][k - 1][:, :, n - 1]

    def gates(self, state: State, k: int, n: int) -> Tensor:
        """Gates of layer k at example n, (B, h_k); 1 in the last layer where the output has no activation."""
        z = self.preactivation(state, k, n)
        if k == len(self.points.W) and not self.output_activation:
            return torch.ones_like(z)
        return self.activation.gates(z)

    def margins(self, state: State, normalized: bool) -> Tensor:
        """y_n f_n of every example, (B, N), at W or at the directions V."""
        return label_margins(self._forward(state, normalized)[1], self.points.y, self.loss)

    def margin(self, state: State) -> Tensor:
        """min_n y_n f(V; x_n), (B,); no derivative where the minimum is tied."""
        return smallest(self.margins(state, True))

    def loss_value(self, state: State) -> Tensor:
        """L, mean or sum over examples plus sum_k decay_k |W_k|^2, (B,)."""
        return state.remember("loss", lambda: self._loss(state))

    def _loss(self, state: State) -> Tensor:
        each = example_losses(self._forward(state, False)[1], self.points.y, self.loss)
        fit = each.mean(1) if self.average else each.sum(1)
        squares = torch.stack([(w * w).flatten(1).sum(1) for w in state.W], 1)
        return fit + (self.points.decay * squares).sum(1)

    def multiplier(self, state: State, k: int) -> Tensor:
        """lam_k = -1/2 <dL/dV_k, V_k>, (B,)."""
        return -0.5 * self.inner(self.gradient(state, self.loss_value, "V", k), self.direction(state, k))

    # ---- derivatives

    def gradient(self, state: State, body, space: str, layer: int | None) -> Tensor:
        return derivatives.gradient(state, body, space, layer)

    def hessian(self, state: State, body, space: str, layers: tuple[int, int] | None) -> Tensor:
        """Of the loss by the weights in closed form, of anything else by automatic differentiation."""
        closed = self.closed_hessian(state, body, space, layers)
        return derivatives.hessian(state, body, space, layers) if closed is None else closed.value

    def closed_hessian(self, state: State, body, space: str, layers: tuple[int, int] | None) -> LossHessian | None:
        """The Hessian with its scale and the distance to the nearest kink, if `body` is the loss of the weights."""
        if space != "W" or state.polar or not self._is_loss(state, body):
            return None
        check(self)
        found = self.loss_hessian(state)
        if layers is None:
            return found
        return replace(found, matrix=found.matrix[:, self._rows(layers[0]), self._rows(layers[1])])

    def loss_hessian(self, state: State) -> LossHessian:
        """Hessian of the loss by all weights, in closed form."""
        return state.remember(
            "loss hessian",
            lambda: loss_hessian(
                state.W,
                self.points.x,
                self.points.y,
                self.activation,
                self.loss,
                average=self.average,
                decays=self.points.decay,
                output_activation=self.output_activation,
            ),
        )

    def at(self, points: Points, dtype: torch.dtype) -> "SimulatedWorld":
        """The plain world of the same setting at other points."""
        act = self.activation
        return SimulatedWorld(
            points,
            network=act.kind,
            widths=self.widths,
            examples=self.examples,
            loss=self.loss,
            average=self.average,
            weight_decay=self.weight_decay,
            flow=self.flow,
            degree=act.degree,
            slope=act.slope,
            smooth=act.smooth,
            output_activation=self.output_activation,
            dtype=dtype,
        )

    @cached_property
    def kink_distance(self) -> Tensor:
        """The least |pre-activation| that meets a kink at the points, (B,); inf where none does."""
        return kink_distance(self.points.W, self.points.x, self.activation, self.output_activation)

    def _is_loss(self, state: State, body) -> bool:
        """Whether `body` is L itself: a state remembers its loss, so L gives back the very same tensor."""
        probe = State(W=state.W)
        return body(probe) is SimulatedWorld.loss_value(self, probe)

    def _rows(self, k: int) -> slice:
        """Where layer k stands in the stacked weights."""
        sizes = [w[0].numel() for w in self.points.W]
        return slice(sum(sizes[: k - 1]), sum(sizes[:k]))

    def rate(self, state: State, body, flow: str | None) -> Tensor:
        """Time derivative of `body` along a flow (None: the setting's), at this state."""
        name = self.flow if flow is None else flow
        return derivatives.along(state, body, self.velocity(state, name))

    def velocity(self, state: State, flow: str) -> tuple[Tensor, ...]:
        """dW_1 ... dW_K along the flow; in a polar state d rho_1 ... d rho_K, dV_1 ... dV_K. Raises ValueError."""
        if flow not in FLOWS:
            raise ValueError(f"flow {flow!r}: expected one of {', '.join(FLOWS)}")
        return state.remember(("velocity", flow), lambda: self._velocity(state, flow))

    def _velocity(self, state: State, flow: str) -> tuple[Tensor, ...]:
        slopes = self.slopes(state)
        if flow == "gradient" and not state.polar:
            return tuple(-g for g in slopes)
        norms, directions = [], []
        for g, rho, v in zip(slopes, state.rho, state.V, strict=True):
            radial = (g * v).flatten(1).sum(1)
            tangential = g - scaled(radial, v)
            norms.append(torch.zeros_like(radial) if flow == "fixed-rho" else -radial)
            directions.append(scaled(-1 / rho if flow == "gradient" else -rho, tangential))
        if state.polar:
            return (*norms, *directions)
        parts = zip(norms, directions, state.rho, state.V, strict=True)
        return tuple(scaled(dr, v) + scaled(r, dv) for dr, dv, r, v in parts)

    def slopes(self, state: State) -> tuple[Tensor, ...]:
        """G_k = dL/dW_k at the weights of any state, differentiable in that state's leaves."""
        return torch.func.grad(lambda new: self._loss(State(W=new)).sum())(state.W)
