"""The closed-form Hessian of the loss on torch tensors: any device, float32 or float64, smooth activations too.

    H = J^T diag(l'') J + S,   S_kj = sum_n delta_k P_{k-1,j} (a_{k-1} | a_{j-1}) + Q_kj (x) a_{k-1} a_{j-1}^T

as in `closed_form`, written plainly for batches of small networks, every operation differentiable.

Notation: a_k activations, z_k pre-activations (B, h_k, N), B_k = df/dz_k (B, C, h_k, N), Z_mk = dz_m/dz_k
(B, h_m, h_k, N), delta_k = l' B_k (B, h_k, N); blocks (B, h_k, h_{k-1}, h_j, h_{j-1}) over exp(log_scale).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from ..network.activations import Activation
from ..network.forward import forward, label_margins, one_hot


@dataclass(frozen=True)
class LossHessian:
    """Hessian exp(log_scale) * matrix: (B,), (B, p, p); `kink_distance` (B,) is the least gated |z|, inf without kinks.

    At distance 0 the matrix has no meaning.
    """

    log_scale: Tensor
    matrix: Tensor
    kink_distance: Tensor

    @property
    def value(self) -> Tensor:
        """The Hessian as floats, (B, p, p): 0 or infinite beyond their range."""
        return torch.exp(self.log_scale)[:, None, None] * self.matrix


def loss_hessian(
    weights: Sequence[Tensor],
    inputs: Tensor,
    labels: Tensor,
    activation: Activation,
    loss: str,
    *,
    average: bool = True,
    decays: Tensor | None = None,
    output_activation: bool = False,
) -> LossHessian:
    """Hessian of the mean or sum of losses plus sum_k decay_k |W_k|^2 by all weights.

    weights (B, h_k, h_{k-1}), inputs (B, N, d), labels (B, N) or (B, N, C), decays (B, K); layers stacked, each row by
    row. Raises ValueError for an unknown loss.
    """
    passes = _Passes(weights, inputs, activation, output_activation)
    log_weight, slope, bend = _jet(loss, passes.outputs, labels)
    if average:
        log_weight = log_weight - torch.log(torch.full_like(log_weight, inputs.shape[1]))
    log_scale = _log_scale(log_weight, decays)
    weight = torch.exp(log_weight - log_scale[:, None])
    jacobian, weighted = passes.columns(weight[:, None, None] * bend)
    matrix = weighted @ jacobian.transpose(1, 2)
    matrix = matrix + _second_order(passes, weight[:, None] * slope)
    if decays is not None:
        sizes = torch.tensor([w[0].numel() for w in weights], device=inputs.device)
        scaled = torch.exp(torch.log(2 * decays) - log_scale[:, None])
        matrix = matrix + torch.diag_embed(scaled.repeat_interleave(sizes, dim=1))
    return LossHessian(log_scale, matrix, passes.kink_distance)


def kink_distance(
    weights: Sequence[Tensor], inputs: Tensor, activation: Activation, output_activation: bool = False
) -> Tensor:
    """min |z_k| over gated neurons and examples, (B,); inf where the activation has no kink."""
    return _Passes(weights, inputs, activation, output_activation).kink_distance


def _log_scale(log_weight: Tensor, decays: Tensor | None) -> Tensor:
    """The largest of the examples' weights and of 2 decay_k, by logarithm; a constant for any derivative."""
    scale = log_weight.detach().amax(1)
    return scale if decays is None else torch.maximum(scale, torch.log(2 * decays.detach()).amax(1))


def _jet(loss: str, outputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """(log m, l'/m (B, C, N), l''/m (B, C, C, N)) at outputs (B, C, N), m > 0; log m never underflows."""
    match loss:
        case "exponential":
            y = labels[:, None]
            return -label_margins(outputs, labels, loss), -y, (y * y)[:, None]
        case "logistic":
            y, margins = labels[:, None], label_margins(outputs, labels, loss)
            rest = torch.sigmoid(margins)[:, None]
            return torch.nn.functional.logsigmoid(-margins), -y, (y * y * rest)[:, None]
        case "square":
            targets = labels.transpose(1, 2) if labels.dim() == 3 else labels[:, None]
            eye = torch.eye(outputs.shape[1], dtype=outputs.dtype, device=outputs.device)
            bend = 2 * eye[None, :, :, None].expand(*outputs.shape[:2], *outputs.shape[1:])
            return torch.zeros_like(outputs[:, 0]), 2 * (outputs - targets), bend
        case "cross-entropy":
            return _cross_entropy(outputs, labels)
    raise ValueError(f"loss {loss!r}: expected exponential, logistic, square or cross-entropy")


def _cross_entropy(outputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """With m = 1 - p_y: l' = p - onehot(y), l'' = diag(p) - p p^T; 1 - p_c is summed over the other classes."""
    classes = outputs.shape[1]
    hot = one_hot(labels, classes) > 0
    log_p = torch.log_softmax(outputs, 1)
    own = torch.eye(classes, dtype=torch.bool, device=outputs.device)[None, :, :, None]
    log_rest = log_p[:, None].expand(-1, classes, -1, -1).masked_fill(own, -torch.inf).logsumexp(2)
    log_m = log_rest.masked_fill(~hot, -torch.inf).amax(1)
    slope = torch.where(hot, -1.0, torch.exp((log_p - log_m[:, None]).masked_fill(hot, 0.0)))
    other = torch.where(own, log_rest[:, :, None], log_p[:, None])
    sign = torch.where(own, 1.0, -1.0)
    return log_m, slope, sign * torch.exp(log_p[:, :, None] + other - log_m[:, None, None])


class _Passes:
    """Forward and backward products of a batch."""

    def __init__(self, weights, inputs, activation, output_activation):
        self.weights, self.activation, self.depth = list(weights), activation, len(weights)
        self.activated = self.depth if output_activation else self.depth - 1
        self.pre, self.outputs = forward(weights, inputs, activation, output_activation)
        self.below = [inputs.transpose(1, 2), *(activation(z) for z in self.pre[:-1])]
        self.gates = [activation.first(z) if k < self.activated else torch.ones_like(z) for k, z in enumerate(self.pre)]

    @cached_property
    def kink_distance(self) -> Tensor:
        """The least |z| before a kink. A unit whose inputs all vanish, and with them its slope, meets none."""
        least = [torch.full_like(self.outputs[:, 0, 0].detach(), torch.inf)]
        for z, below in zip(self.pre[: self.activated], self.below, strict=False):
            silent = (below.detach() == 0).all(1, keepdim=True)
            least.append(z.detach().abs().masked_fill(silent, torch.inf).flatten(1).amin(1))
        return torch.stack(least).amin(0) if self.activation.has_kinks else least[0]

    @cached_property
    def sensitivities(self) -> list[Tensor]:
        """B_1, ..., B_K."""
        top = self.gates[-1]
        found = [torch.diag_embed(top.transpose(1, 2)).permute(0, 2, 3, 1)]
        for w, gate in zip(self.weights[:0:-1], self.gates[-2::-1], strict=True):
            found.append(torch.einsum("bchn,bhi,bin->bcin", found[-1], w, gate))
        return found[::-1]

    def columns(self, bend: Tensor) -> tuple[Tensor, Tensor]:
        """J^T and J^T l'', rows parameters, columns (c, n)."""
        plain = [torch.einsum("bchn,bin->bhicn", s, a) for s, a in zip(self.sensitivities, self.below, strict=True)]
        jacobian = torch.cat([block.flatten(1, 2) for block in plain], 1)
        weighted = torch.einsum("bpcn,bcdn->bpdn", jacobian, bend)
        return jacobian.flatten(2), weighted.flatten(2)

    @cached_property
    def transfers(self) -> dict[tuple[int, int], Tensor]:
        """Z_mk by (m, k), layers counted from 0, m >= k."""
        found = {}
        for k, z in enumerate(self.pre):
            eye = torch.eye(z.shape[1], dtype=z.dtype, device=z.device)
            found[k, k] = eye[None, :, :, None].expand(len(z), -1, -1, z.shape[2])
            for m in range(k + 1, self.depth):
                gated = self.gates[m - 1][:, :, None] * found[m - 1, k]
                found[m, k] = torch.einsum("bhi,bijn->bhjn", self.weights[m], gated)
        return found


def _second_order(passes: _Passes, slope: Tensor) -> Tensor:
    """S, (B, p, p), from l' (B, C, N): what the curvature of the network adds."""
    depth = passes.depth
    blocks: dict[tuple[int, int], Tensor] = {}
    delta = [torch.einsum("bcn,bchn->bhn", slope, s) for s in passes.sensitivities]
    for k in range(depth):
        for j in range(k + 1):
            block = _of_layers(passes, delta, slope, k, j).flatten(3, 4).flatten(1, 2)
            blocks[k, j], blocks[j, k] = block, block.transpose(1, 2)
    return torch.cat([torch.cat([blocks[k, j] for j in range(depth)], 2) for k in range(depth)], 1)


def _of_layers(passes, delta, slope, k, j):
    """Block (k, j), j <= k, of S."""
    above, below = passes.below[k], passes.below[j]
    shape = (len(above), delta[k].shape[1], above.shape[1], delta[j].shape[1], below.shape[1])
    total = torch.zeros(shape, dtype=above.dtype, device=above.device)
    if j < k:
        moved = passes.gates[k - 1][:, :, None] * passes.transfers[k - 1, j]
        total = total + torch.einsum("bin,bapn,bqn->biapq", delta[k], moved, below)
    if passes.activation.kind in ("power", "smooth") and k < passes.activated:
        middle = sum(_bent(passes, delta, slope, m, k, j) for m in range(k, passes.activated))
        total = total + torch.einsum("bipn,ban,bqn->biapq", middle, above, below)
    return total


def _bent(passes, delta, slope, m, k, j):
    """Z_mk^T diag(s''(z_m) dl/da_m) Z_mj, (B, h_k, h_j, N)."""
    last = m == passes.depth - 1
    back = slope if last else torch.einsum("bhi,bhn->bin", passes.weights[m + 1], delta[m + 1])
    bend = passes.activation.second(passes.pre[m]) * back
    return torch.einsum("buin,bun,bujn->bijn", passes.transfers[m, k], bend, passes.transfers[m, j])
