r"""The exact world of *every* network of a kind: one or two layers spelt out, the rest in letters.

A network that is linear off the kinks in each layer is f_n = B_n W_k a_n, or f_n = B_n W_k M_n W_j a_n for
two layers j < k, where B_n, M_n, a_n (gates included) do not contain the layers written out. With B, M and
a as free letters an identity between such expressions holds for every depth and for every example; the
widths of the layers written out are chosen at least as large as the number of index pairs that a term
carries (`general_widths`), which decides every width, and the number of examples runs through a range that
decides every N. The three reductions are stated and proved in the book as the depth, width and examples
lemmas.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from .arrays import Array, item, scalar, vector
from .concrete import decay_names
from .letters import Letters
from .ring import Element, Ring, Undecidable
from .world import ExactWorld, Point


class GeneralWorld(ExactWorld):
    """One or two layers (r_i x c_i) of a network of any depth that is linear off the kinks in each layer.

    Args:
        shapes: shapes of the layers written out, nearest the input first.
        outputs: number of outputs.
        adjacent: the two layers are neighbours: M_n is the diagonal of gates between them, 1 if not `gated`.
        single: the network has one layer only: B = 1 and a_n = x_n.
        labels: 'letters', or class labels for the cross-entropy.
        free_count: the number of examples in averages is a letter N.
        general_position: every min(N, d) inputs are independent; false of data from a table.
    """

    def __init__(
        self,
        *,
        shapes: Sequence[tuple[int, int]],
        examples: int,
        loss: str,
        average: bool,
        weight_decay: Fraction | int | str | Sequence,
        flow: str,
        outputs: int = 1,
        single: bool = False,
        adjacent: bool = False,
        gated: bool = True,
        labels: str | Sequence = "letters",
        free_count: bool = False,
        general_position: bool = True,
        spare: int | None = None,
    ):
        self.outputs_count, self.single, self.labels = outputs, single, labels
        self.adjacent, self.gated = adjacent, gated
        shapes = list(shapes)
        self.decay_by_layer = isinstance(weight_decay, list | tuple)
        none_vanishes = True
        if isinstance(weight_decay, list | tuple):
            none_vanishes = all(v == "any" or v > 0 for v in weight_decay)
            # a free letter for each layer written out covers every number
            weight_decay = ["any"] * len(shapes)
        self.decays = decay_names(weight_decay, len(shapes))
        base = [*self._base(shapes, examples), *(["N"] if free_count else [])]
        of_loss = {"exponential": 1, "logistic": 2, "square": 0, "cross-entropy": 2 + outputs}[loss]
        ring = Ring(base, spare or 3 + examples * of_loss)
        positive = frozenset(
            ring.position[d] for d in ("R", *(d for d in self.decays if isinstance(d, str) and none_vanishes))
        )
        super().__init__(
            ring,
            Letters(ring, positive=positive),
            shapes,
            loss=loss,
            average=average,
            flow=flow,
            examples=examples,
            general_position=general_position,
        )
        if labels == "letters" and loss in ("exponential", "logistic"):
            for n in range(1, examples + 1):
                index = ring.position[f"y{n}"]
                ring.relations[index] = ring.gens[index] ** 2 - 1
        self._outputs: dict[int, list[Element]] = {}

    def _base(self, shapes: Sequence[tuple[int, int]], examples: int) -> list[str]:
        names: list[str] = []
        each = range(1, examples + 1)
        if self.labels == "letters":
            ends = [f"_{c}" for c in range(self.outputs_count)] if self.outputs_count > 1 else [""]
            names += [f"y{n}{end}" for n in each for end in ends]
        for k, (r, c) in enumerate(shapes, 1):
            names += [f"w{k}_{i}_{j}" for i in range(r) for j in range(c)]
        names += [f"rho{k}" for k in range(1, len(shapes) + 1)]
        names += [f"a{n}_{j}" for n in each for j in range(shapes[0][1])]
        if not self.single:
            names += [f"B{n}_{c}_{i}" for n in each for c in range(self.outputs_count) for i in range(shapes[-1][0])]
        if len(shapes) == 2:
            rows, columns = shapes[1][1], shapes[0][0]
            names += [
                f"M{n}_{i}_{j}"
                for n in each
                for i in range(rows)
                for j in range(columns)
                if not self.adjacent or i == j
            ]
        decays = dict.fromkeys(d for d in self.decays if isinstance(d, str))
        return [*names, *decays, "R", "Q", "K"]

    @property
    def classes(self) -> int:
        return self.outputs_count

    # ---- data

    def label(self, n: int) -> Array:
        if self.labels != "letters":
            raise Undecidable("a class as a number has no meaning for every number of examples")
        if self.outputs_count == 1:
            return scalar(self.ring.letter(f"y{n}"))
        return vector([self.ring.letter(f"y{n}_{c}") for c in range(self.outputs_count)])

    def target_class(self, n: int) -> int:
        return int(self.labels[n - 1])

    def input(self, n: int) -> Array:
        if not self.single:
            raise Undecidable("x[n] does not occur in a layer of a network of any depth")
        return self.before(n)

    def before(self, n: int) -> Array:
        """a_n, what enters the first layer written out."""
        return vector([self.ring.letter(f"a{n}_{j}") for j in range(self.shapes[0][1])])

    def decay_of(self, k: int) -> Element:
        given = self.decays[k - 1]
        return self.ring.letter(given) if isinstance(given, str) else self.ring.constant(given)

    def other_layers_decay(self) -> Element:
        if self.single or all(self.decay_of(k).num.is_zero() for k in range(1, len(self.shapes) + 1)):
            return self.ring.zero
        return self.ring.letter("Q")

    def constant(self, name: str) -> Array:
        if name == "decay":
            if self.decay_by_layer:
                raise Undecidable("'decay' with one value a layer: write decay[k]")
            return scalar(self.decay_of(1))
        if name == "K":
            return scalar(self.ring.one if self.single else self.ring.letter("K"))
        raise Undecidable(f"'{name}' has no meaning for a network of any depth")

    # ---- the network

    def norm_product(self, state: Point) -> Array:
        product = super().norm_product(state)
        return product if self.single else self.scale(product, scalar(self.ring.letter("R")))

    def outputs(self, state: Point, n: int, normalized: bool) -> list[Element]:
        if n not in self._outputs:
            self._outputs[n] = self._forward(n)
        if not normalized:
            return self._outputs[n]
        scale = item(self.norm_product(state)).inverse()
        return [f * scale for f in self._outputs[n]]

    def _forward(self, n: int) -> list[Element]:
        value = self.matmul(self.layers[0], self.before(n))
        if len(self.layers) == 2:
            middle = [[self._between(n, i, j) for j in range(self.shapes[0][0])] for i in range(self.shapes[1][1])]
            value = vector([self.total(m * v for m, v in zip(row, value, strict=True)) for row in middle])
            value = self.matmul(self.layers[1], value)
        if self.single:
            return list(value)
        after = [
            [self.ring.letter(f"B{n}_{c}_{i}") for i in range(self.shapes[-1][0])] for c in range(self.outputs_count)
        ]
        return [self.total(b * v for b, v in zip(row, value, strict=True)) for row in after]

    def _between(self, n: int, i: int, j: int) -> Element:
        """Entry of M_n, what stands between two layers that are written out."""
        if not self.adjacent:
            return self.ring.letter(f"M{n}_{i}_{j}")
        if i != j:
            return self.ring.zero
        return self.ring.letter(f"M{n}_{i}_{j}") if self.gated else self.ring.one

    def weights_vector(self, state: Point) -> Array:
        if self.single:
            return super().weights_vector(state)
        raise Undecidable("the whole weight vector of a network of any depth")

    def gradient(self, state, body, space, layer):
        if layer is None and not self.single:
            raise Undecidable("the whole gradient of a network of any depth")
        return super().gradient(state, body, space, layer)

    def hessian(self, state, body, space, layers):
        if layers is None and not self.single:
            raise Undecidable("the whole Hessian of a network of any depth")
        return super().hessian(state, body, space, layers)

    def preactivation(self, state: Point, k: int, n: int) -> Array:
        raise Undecidable("pre-activations of a network of any depth")

    gates = preactivation
