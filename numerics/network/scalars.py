"""Scalar functions with derivatives of every order, accurate in their tails.

About: the few functions whose derivatives automatic differentiation computes with cancellation (softplus,
sigmoid) or not at all (li).

Notation: sigma(z) = 1/(1 + e^-z), softplus(z) = log(1 + e^z), li(x) = integral of dt/log t from 0 to x
(principal value).

Conventions: entrywise on tensors of any shape and floating dtype; `torch.func` transforms nest freely.
"""

from collections.abc import Callable

import scipy.special
import torch
from torch import Tensor

Entrywise = Callable[[Tensor], Tensor]


def with_derivative(value: Entrywise, derivative: Entrywise) -> Entrywise:
    """The entrywise function `value`, differentiated as `derivative`, to any order that `derivative` allows."""

    class Differentiated(torch.autograd.Function):
        generate_vmap_rule = True

        @staticmethod
        def forward(z):
            return value(z)

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(*inputs)
            ctx.save_for_forward(*inputs)

        @staticmethod
        def backward(ctx, grad):
            return grad * derivative(*ctx.saved_tensors)

        @staticmethod
        def jvp(ctx, tangent):
            return tangent * derivative(*ctx.saved_tensors)

    return Differentiated.apply


# torch differentiates sigma as s(1 - s), which has no correct digit left in the upper tail.
sigmoid: Entrywise = with_derivative(torch.sigmoid, lambda z: sigmoid(z) * sigmoid(-z))
softplus = with_derivative(lambda z: torch.relu(z) + torch.log1p(torch.exp(-torch.abs(z))), sigmoid)


def _li(x: Tensor) -> Tensor:
    host = x.detach().to("cpu", torch.float64)
    values = scipy.special.expi(torch.log(host).numpy())
    return torch.as_tensor(values).to(x)


logarithmic_integral = with_derivative(_li, lambda x: 1 / torch.log(x))
