"""A batch of points: independent networks with their data.

Notation: B networks in the batch, K layers, N examples, d inputs, C outputs; W_k (B, h_k, h_{k-1}), x (B, N, d),
y (B, N), or (B, N, C) for vector targets of the square loss, decay (B, K) with weight decay sum_k decay_k |W_k|^2.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor


@dataclass(frozen=True)
class Points:
    """B independent networks with data; `family` names how each point was made.

    Raises ValueError if the batch sizes differ.
    """

    W: tuple[Tensor, ...]
    x: Tensor
    y: Tensor
    decay: Tensor
    family: tuple[str, ...] = field(default=())

    def __post_init__(self):
        sizes = {len(t) for t in (*self.W, self.x, self.y, self.decay)}
        if len(sizes) > 1:
            raise ValueError(f"a batch of points with different batch sizes: {sorted(sizes)}")
        if not self.family:
            object.__setattr__(self, "family", ("given",) * len(self.x))

    def __len__(self) -> int:
        return len(self.x)

    def to(self, dtype: torch.dtype | None = None, device: str | None = None) -> "Points":
        """The same points in another precision or on another device."""

        def move(t: Tensor) -> Tensor:
            return t.to(device=device or t.device, dtype=dtype or t.dtype)

        return replace(self, W=tuple(map(move, self.W)), x=move(self.x), y=move(self.y), decay=move(self.decay))

    def select(self, keep: Tensor | Sequence[int] | slice) -> "Points":
        """The points that a boolean mask (B,), a list of indices or a slice keeps."""
        index = torch.arange(len(self))[keep.cpu() if isinstance(keep, Tensor) else keep]
        on = index.to(self.x.device)
        return Points(
            tuple(w[on] for w in self.W),
            self.x[on],
            self.y[on],
            self.decay[on],
            tuple(self.family[i] for i in index.tolist()),
        )

    def instance(self, i: int) -> "Points":
        """Point i alone, as a batch of one."""
        return self.select([i])

    def rounded(self, dtype: torch.dtype = torch.float32) -> "Points":
        """The same points with every number rounded to what `dtype` represents, kept in the present precision."""
        return self.to(dtype).to(self.x.dtype)


def concatenate(batches: Sequence[Points]) -> Points:
    """One batch of all points, in order. Raises ValueError if there is none."""
    if not batches:
        raise ValueError("no points to join")
    return Points(
        tuple(torch.cat(layers) for layers in zip(*(b.W for b in batches), strict=True)),
        torch.cat([b.x for b in batches]),
        torch.cat([b.y for b in batches]),
        torch.cat([b.decay for b in batches]),
        tuple(name for b in batches for name in b.family),
    )
