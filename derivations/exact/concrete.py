"""The exact world of one architecture: every weight, input and label a letter (or a given number)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from .arrays import Array, entrywise, item, matrix, scalar, vector
from .letters import Letters
from .linear_algebra import null_projector, pseudoinverse
from .ring import Element, Ring, Undecidable
from .world import ExactWorld, Point

HOMOGENEOUS = ("linear", "relu", "leaky-relu")


class ConcreteWorld(ExactWorld):
    """A network of given widths on N examples.

    Args:
        network: linear | relu | leaky-relu | power | smooth.
        widths: d, h_1, ..., output.
        weight_decay: a rational, "any" (one positive letter), or one of these a layer.
        labels: 'letters' (y_n with y_n^2 = 1; free letters for the square loss), or the numbers themselves;
            class labels 1..C for the cross-entropy, always given.
        inputs: None for letters, or N rows of rationals.
        free_count: the number of examples in averages is a letter N.
        general_position: every min(N, d) inputs are independent; false of data from a table.
    """

    def __init__(
        self,
        *,
        network: str,
        widths: Sequence[int],
        examples: int,
        loss: str,
        average: bool = True,
        weight_decay: Fraction | int | str | Sequence[Fraction | str] = Fraction(0),
        flow: str = "gradient",
        degree: int = 2,
        slope: Fraction = Fraction(1, 10),
        smooth: str = "softplus",
        output_activation: bool = False,
        labels: str | Sequence = "letters",
        inputs: Sequence[Sequence[Fraction]] | None = None,
        free_count: bool = False,
        general_position: bool = True,
        spare: int | None = None,
    ):
        self.network, self.widths, self.degree = network, tuple(widths), degree
        self.smooth, self.output_activation = smooth, output_activation
        self.labels: Sequence = labels
        self.inputs = inputs
        shapes = [(r, c) for r, c in zip(widths[1:], widths, strict=False)]
        self.decays = decay_names(weight_decay, len(shapes))
        base = [*self._base_letters(shapes, examples, loss), *(["N"] if free_count else [])]
        ring = Ring(base, spare or self._letters_needed(examples, loss))
        slope = slope if network == "leaky-relu" else Fraction(0)
        positive = frozenset(ring.position[d] for d in self.decays if isinstance(d, str))
        super().__init__(
            ring,
            Letters(ring, slope, positive),
            shapes,
            loss=loss,
            average=average,
            flow=flow,
            examples=examples,
            general_position=general_position,
        )
        self._binary_relations()
        self._forward: dict[tuple[int, bool], list[list[Element]]] = {}

    def _base_letters(self, shapes: Sequence[tuple[int, int]], examples: int, loss: str) -> list[str]:
        names: list[str] = []
        if self.labels == "letters":
            ends = [f"_{c}" for c in range(shapes[-1][0])] if shapes[-1][0] > 1 else [""]
            names += [f"y{n}{end}" for n in range(1, examples + 1) for end in ends]
        for k, (r, c) in enumerate(shapes, 1):
            names += [f"w{k}_{i}_{j}" for i in range(r) for j in range(c)]
        names += [f"rho{k}" for k in range(1, len(shapes) + 1)]
        if self.inputs is None:
            names += [f"x{n}_{i}" for n in range(1, examples + 1) for i in range(self.widths[0])]
        return [*names, *dict.fromkeys(d for d in self.decays if isinstance(d, str)), "pi"]

    def _letters_needed(self, examples: int, loss: str) -> int:
        """As many as a first-order statement takes: every letter slows down all arithmetic, and more can be had."""
        hidden = sum(self.widths[1:])
        each = {"smooth": 8, "relu": 1, "leaky-relu": 1}.get(self.network, 0)
        of_loss = {"exponential": 1, "logistic": 2, "square": 0, "cross-entropy": 2 + self.widths[-1]}[loss]
        return 3 + examples * (each * hidden + of_loss)

    def _binary_relations(self) -> None:
        if self.labels == "letters" and self.loss in ("exponential", "logistic"):
            for n in range(1, self.examples + 1):
                index = self.ring.position[f"y{n}"]
                self.ring.relations[index] = self.ring.gens[index] ** 2 - 1

    # ---- data

    def input(self, n: int) -> Array:
        if self.inputs is not None:
            return vector([self.ring.constant(v) for v in self.inputs[n - 1]])
        return vector([self.ring.letter(f"x{n}_{i}") for i in range(self.widths[0])])

    def label(self, n: int) -> Array:
        if self.labels == "letters":
            if self.widths[-1] == 1:
                return scalar(self.ring.letter(f"y{n}"))
            return vector([self.ring.letter(f"y{n}_{c}") for c in range(self.widths[-1])])
        given = self.labels[n - 1]
        if isinstance(given, list | tuple):
            return vector([self.ring.constant(v) for v in given])
        return scalar(self.ring.constant(given))

    def target_class(self, n: int) -> int:
        if self.loss != "cross-entropy":
            raise Undecidable("class labels exist only with the cross-entropy loss")
        return int(self.labels[n - 1])

    def decay_of(self, k: int) -> Element:
        given = self.decays[k - 1]
        return self.ring.letter(given) if isinstance(given, str) else self.ring.constant(given)

    def constant(self, name: str) -> Array:
        match name:
            case "p":
                return self.number(Fraction(self.degree))
            case "pi":
                return scalar(self.ring.letter("pi"))
            case "decay":
                if len(set(self.decays)) > 1:
                    raise Undecidable("'decay' with one value a layer: write decay[k]")
                return scalar(self.decay_of(1))
            case "X":
                return matrix([list(self.input(n)) for n in range(1, self.examples + 1)])
            case "Y":
                rows = [self.label(n).reshape(-1) for n in range(1, self.examples + 1)]
                return vector([r[0] for r in rows]) if self.widths[-1] == 1 else matrix([list(r) for r in rows])
            case "min_norm":
                return self.matmul(pseudoinverse(self, self.constant("X")), self.constant("Y"))
        raise Undecidable(f"the exact world has no closed form of '{name}'")

    # ---- forward pass

    def outputs(self, state: Point, n: int, normalized: bool) -> list[Element]:
        if normalized and self.network in HOMOGENEOUS:  # of degree one in each layer
            scale = item(self.norm_product(state)).inverse()
            return [f * scale for f in self.outputs(state, n, False)]
        last = self._hidden(n, normalized)[-1]
        return [self.activation(z, 0) for z in last] if self.output_activation else last

    def _hidden(self, n: int, normalized: bool) -> list[list[Element]]:
        """Pre-activations of every layer at example n, with W or with V."""
        if (n, normalized) not in self._forward:
            a, rows = list(self.input(n)), []
            for k in range(1, len(self.layers) + 1):
                layer = self.direction(Point(), k) if normalized else self.layers[k - 1]
                z = [self.total(w * v for w, v in zip(row, a, strict=True)) for row in layer]
                rows.append(z)
                a = [self.activation(v, 0) for v in z] if k < len(self.layers) else z
            self._forward[n, normalized] = rows
        return self._forward[n, normalized]

    def activation(self, z: Element, order: int) -> Element:
        """The `order`-th derivative of the activation at z, off the kinks."""
        match self.network:
            case "linear":
                return (z, self.ring.one, self.ring.zero)[min(order, 2)]
            case "relu" | "leaky-relu":
                if order == 0 and z.num.is_zero():
                    return z
                if order > 1:
                    return self.ring.zero
                gate = self.letters.gate(z)
                return gate if order else gate * z
            case "power":
                p, factor = self.degree, 1
                for i in range(order):
                    factor *= p - i
                return z ** max(p - order, 0) * self.ring.constant(factor)
        return self.letters.jet(z, order)

    def preactivation(self, state: Point, k: int, n: int) -> Array:
        return vector(self._hidden(n, False)[k - 1])

    def gates(self, state: Point, k: int, n: int) -> Array:
        if self.network not in HOMOGENEOUS:
            raise Undecidable("gates exist for linear, ReLU and leaky ReLU networks")
        return vector([self.activation(z, 1) for z in self._hidden(n, False)[k - 1]])

    def apply(self, name: str, a: Array) -> Array:
        orders = {"act": 0, "act1": 1, "act2": 2}
        if name in orders:
            return entrywise(lambda z: self.activation(z, orders[name]), a)
        if name == "pinv":
            return pseudoinverse(self, a if a.ndim == 2 else a.reshape(-1, 1))
        if name == "null_projector":
            return null_projector(self, a if a.ndim == 2 else a.reshape(-1, 1))
        return super().apply(name, a)


def decay_names(given: Fraction | int | str | Sequence[Fraction | str], depth: int) -> list[Fraction | str]:
    """One entry a layer: a rational, or the name of a positive letter."""
    if isinstance(given, str):
        return ["decay"] * depth
    if isinstance(given, Sequence):
        return [f"decay{k}" if v == "any" else Fraction(v) for k, v in enumerate(given, 1)]
    return [Fraction(given)] * depth
