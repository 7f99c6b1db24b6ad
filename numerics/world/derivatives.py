"""Gradients, Hessians and rates of change of batched scalars, by automatic differentiation.

Notation: body: state -> scalar (B,) (or any value for a rate); space 'W', 'V' or 'rho' names the leaves.

    grad (B, r, c) of layer k; grad of all layers (B, p), layers stacked, each row by row
    hess (B, p_j, p_k) of a pair of layers, (B, p, p) of all
    rate = d/d eps body(leaves + eps velocity)

Conventions: networks of a batch are independent, so the gradient of the batch sum is the gradient network by
network.
"""

import threading
import warnings
from collections.abc import Callable, Sequence
from functools import cache

import torch
from torch import Tensor
from torch.func import grad

from .state import State, stacked

Body = Callable[[State], Tensor]
ROWS = 32  # of a Hessian that are computed together


@cache
def _load_forward_mode() -> None:
    """Let torch build its forward-mode rules, once: it does so with a call that it deprecates itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.func.jvp(torch.sin, (torch.zeros(1),), (torch.ones(1),))


_forward = threading.local()


def jvp(function: Callable, at: tuple, tangents: tuple) -> Tensor:
    """The directional derivative of `function`, forward; inside another one, by two derivatives backward.

    In torch 2.13 a forward derivative inside a forward one silently loses the second derivatives of functions that
    bring their own (softplus, sigmoid).
    """
    if getattr(_forward, "inside", False):
        return _twice_backward(function, at, tangents)
    _load_forward_mode()
    _forward.inside = True
    try:
        return torch.func.jvp(function, at, tangents)[1]
    finally:
        _forward.inside = False


def _twice_backward(function: Callable, at: tuple, tangents: tuple) -> Tensor:
    """J t as the derivative by u of <J^T u, t>, which is linear in u."""
    forth = torch.func.vjp(function, *at)
    back = torch.func.vjp(forth[1], torch.zeros_like(forth[0]))
    return back[1](tangents)[0]


def _sum_over_batch(value: Tensor) -> Tensor:
    return value.sum()


def _replaced(leaves: Sequence[Tensor], layer: int, leaf: Tensor) -> tuple[Tensor, ...]:
    return (*leaves[: layer - 1], leaf, *leaves[layer:])


def gradient(state: State, body: Body, space: str, layer: int | None) -> Tensor:
    """Gradient of the scalar `body` by layer `layer` (counted from 1), or by all layers as one vector (B, p)."""
    leaves = state.leaves(space)
    _settle(state, space)
    if layer is None:
        blocks = grad(lambda new: _sum_over_batch(body(state.moved(space, new))))(leaves)
        return stacked(blocks)

    def of_leaf(leaf: Tensor) -> Tensor:
        return _sum_over_batch(body(state.moved(space, _replaced(leaves, layer, leaf))))

    return grad(of_leaf)(leaves[layer - 1])


def _settle(state: State, space: str) -> None:
    """Compute what a derivative keeps fixed before the derivative begins."""
    if space != "W":
        _ = state.rho, state.V


def hessian(state: State, body: Body, space: str, layers: tuple[int, int] | None) -> Tensor:
    """Hessian of the scalar `body`: block (B, p_j, p_k) of layers (j, k), or the whole (B, p, p).

    Row a is the derivative of the gradient's entry a (by layer j) by every entry of layer k: one pass backward through
    the gradient, for `ROWS` rows at a time.
    """
    leaves = state.leaves(space)
    _settle(state, space)
    first, k = (None, None) if layers is None else layers

    def gradient_at(*moving: Tensor) -> Tensor:
        moved = moving if k is None else _replaced(leaves, k, moving[0])
        return stacked([gradient(state.moved(space, moved), body, space, first)])

    value, back = torch.func.vjp(gradient_at, *(leaves if k is None else (leaves[k - 1],)))[:2]
    units = torch.eye(value.shape[1], dtype=value.dtype, device=value.device)
    rows = torch.func.vmap(lambda unit: stacked(back(unit.expand_as(value))), chunk_size=ROWS)(units)
    return rows.transpose(0, 1)


def along(state: State, body: Body, velocity: Sequence[Tensor]) -> Tensor:
    """Rate of change of `body` as the leaves move with `velocity`: dW_k; d rho_k, then dV_k, in a polar state."""
    if state.polar:
        depth = len(state.V)
        leaves = (*state.rho, *state.V)
        return jvp(lambda *new: body(State(rho=new[:depth], V=new[depth:])), leaves, tuple(velocity))
    return jvp(lambda *new: body(State(W=new)), state.W, tuple(velocity))
