"""Networks as scalars of a graph: layers, outputs, loss, flows, as the settings of a claim file mean them.

`Network` is one architecture. `Layers` is every network that is linear off the kinks in each layer, with one or two
layers written out: f_n = B_n W a_n, or f_n = B_n W_2 M_n W_1 a_n, where B_n, M_n, a_n, the product R of the other
norms, their squares Q times the decay, and the number K of layers are letters. What holds for these letters holds for
every network of any depth.

A state is *plain* (the weights are the letters) or *polar* (norms r_k and directions v_k are, W_k = r_k v_k, as
derivatives by V and rho ask); what is differentiated in the polar state is read in the plain one afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property

from ..claim import Setting
from .algebra import Graph, Uncovered

Matrix = list[list[int]]
LINEAR_OFF_KINKS = ("linear", "relu", "leaky-relu")


class Base:
    """What one architecture and a few written layers have in common.

    Args:
        examples: how many examples are written out.
        count: the number of examples in averages and in `N`; a letter if it stands for every number.
        classes: class labels 1..C for the cross-entropy, one an example.
    """

    def __init__(
        self,
        graph: Graph,
        setting: Setting,
        shapes: Sequence[tuple[int, int]],
        examples: int,
        count: int,
        classes: Sequence[int] = (),
    ):
        self.graph, self.setting, self.shapes = graph, setting, list(shapes)
        self.examples, self.count, self.classes = examples, count, classes
        each = list(enumerate(shapes, 1))
        self.letters = [[[graph.leaf(f"w{k}_{i}_{j}") for j in range(c)] for i in range(r)] for k, (r, c) in each]
        self.turned = [[[graph.leaf(f"v{k}_{i}_{j}") for j in range(c)] for i in range(r)] for k, (r, c) in each]
        self.lengths = [graph.leaf(f"r{k}") for k, _ in each]
        self._outputs: dict[tuple[int, bool, bool], list[int]] = {}
        self._velocities: dict[str, list[Matrix]] = {}

    # ---- what the two kinds supply

    outputs_count: int

    def forward(self, layers: Sequence[Matrix], n: int) -> list[int]:
        raise NotImplementedError

    def input(self, n: int) -> list[int]:
        raise NotImplementedError

    def spheres(self) -> list[list[list[str]]]:
        """Lists of letters whose norms may occur, in groups of equal norm."""
        layers = [[f"w{k}_{i}_{j}" for i in range(r) for j in range(c)] for k, (r, c) in enumerate(self.shapes, 1)]
        return [layers] if self.equal_norms else [[w] for w in layers]

    @property
    def equal_norms(self) -> bool:
        """Whether the setting says that all layers have one norm. Of written layers of any depth this is not used."""
        return False

    @property
    def depth(self) -> int:
        raise NotImplementedError

    other_norms: int
    other_squares: int

    # ---- layers

    def squares(self, entries: Sequence[int]) -> int:
        return self.graph.total(self.graph.mul(e, e) for e in entries)

    @cached_property
    def _norms(self) -> list[int]:
        return [self.graph.root(self.squares([e for row in w for e in row])) for w in self.letters]

    @cached_property
    def _directions(self) -> list[Matrix]:
        g = self.graph
        return [
            [[g.mul(e, g.inv(norm)) for e in row] for row in w]
            for w, norm in zip(self.letters, self._norms, strict=True)
        ]

    @cached_property
    def _products(self) -> list[Matrix]:
        return [
            [[self.graph.mul(r, e) for e in row] for row in v] for v, r in zip(self.turned, self.lengths, strict=True)
        ]

    def weights(self, polar: bool) -> list[Matrix]:
        return self._products if polar else self.letters

    def directions(self, polar: bool) -> list[Matrix]:
        return self.turned if polar else self._directions

    def norms(self, polar: bool) -> list[int]:
        return self.lengths if polar else self._norms

    def norm_product(self, polar: bool) -> int:
        result = self.other_norms
        for norm in self.norms(polar):
            result = self.graph.mul(result, norm)
        return result

    def read_plainly(self, wholes: Sequence[int]) -> list[int]:
        """What was formed in the polar state, at r_k = |W_k| and v_k = W_k/|W_k|."""
        new = dict(zip(self.lengths, self._norms, strict=True))
        for v, direction in zip(self.turned, self._directions, strict=True):
            for row, values in zip(v, direction, strict=True):
                new.update(zip(row, values, strict=True))
        return self.graph.replaced(wholes, new)

    def decay(self, k: int) -> int:
        given = self.setting.weight_decay
        own = given[k - 1] if isinstance(given, tuple) else given
        if own == "any":
            return self.graph.leaf(f"decay{k}" if isinstance(given, tuple) else "decay")
        return self.graph.num(Fraction(own))

    # ---- data and loss

    def label(self, n: int) -> list[int]:
        """y_n, one entry an output where the loss is the square."""
        if self.setting.loss == "cross-entropy":
            raise Uncovered("a class label as a number")
        if self.outputs_count == 1:
            return [self.graph.leaf(f"y{n}")]
        return [self.graph.leaf(f"y{n}_{c}") for c in range(self.outputs_count)]

    def outputs(self, n: int, normalized: bool, polar: bool) -> list[int]:
        key = (n, normalized, polar)
        if key not in self._outputs:
            self._outputs[key] = self._formed(n, normalized, polar)
        return self._outputs[key]

    def _formed(self, n: int, normalized: bool, polar: bool) -> list[int]:
        return self.forward(self.directions(polar) if normalized else self.weights(polar), n)

    def loss(self, polar: bool) -> int:
        g = self.graph
        total = g.total(self.example_loss(n, polar) for n in range(1, self.examples + 1))
        terms = [g.mul(total, g.inv(self.count)) if self.setting.average else total]
        for k, w in enumerate(self.weights(polar), 1):
            terms.append(g.mul(self.decay(k), self.squares([e for row in w for e in row])))
        return g.total([*terms, self.other_squares])

    def example_loss(self, n: int, polar: bool) -> int:
        g, f = self.graph, self.outputs(n, False, polar)
        if self.setting.loss == "cross-entropy":
            partition = g.log(g.total(map(g.exp, f)))
            return g.plus(partition, g.neg(f[self.classes[n - 1] - 1]))
        y = self.label(n)
        if self.setting.loss == "square":
            return self.squares([g.plus(t, g.neg(v)) for t, v in zip(y, f, strict=True)])
        power = g.exp(g.neg(g.mul(y[0], f[0])))
        return power if self.setting.loss == "exponential" else g.log(g.plus(g.one, power))

    def interpolating(self) -> dict[int, int]:
        """Zero square loss: every target is the network's own output."""
        return {
            t: f
            for n in range(1, self.examples + 1)
            for t, f in zip(self.label(n), self.outputs(n, False, False), strict=True)
        }

    # ---- derivatives

    def slopes(self, a: int, k: int, letters: Sequence[Matrix]) -> Matrix:
        """The gradient of a scalar by one layer, among the letters of a state."""
        flat = [e for row in letters[k - 1] for e in row]
        found, columns = self.graph.gradient(a, flat), self.shapes[k - 1][1]
        return [found[i : i + columns] for i in range(0, len(found), columns)]

    def velocities(self, flow: str) -> list[Matrix]:
        """dW_k/dt of every layer that is written out."""
        if flow not in self._velocities:
            value = self.loss(False)
            each = range(1, len(self.shapes) + 1)
            self._velocities[flow] = [self._velocity(flow, k, self.slopes(value, k, self.letters)) for k in each]
        return self._velocities[flow]

    def _velocity(self, flow: str, k: int, force: Matrix) -> Matrix:
        g = self.graph
        if flow == "gradient":
            return [[g.neg(e) for e in row] for row in force]
        if flow not in ("constrained", "fixed-rho", "weight-norm"):
            raise Uncovered(f"the flow '{flow}'")
        unit, rho = self._directions[k - 1], self._norms[k - 1]
        radial = g.total(g.mul(a, b) for p, q in zip(force, unit, strict=True) for a, b in zip(p, q, strict=True))
        square = g.mul(rho, rho)
        moved = []
        for p, q in zip(force, unit, strict=True):
            row = []
            for a, v in zip(p, q, strict=True):
                along = g.mul(v, radial)
                turning = g.neg(g.mul(square, g.plus(a, g.neg(along))))  # rho dV
                row.append(turning if flow == "fixed-rho" else g.plus(turning, g.neg(along)))
            moved.append(row)
        return moved

    def speeds(self, flow: str) -> dict[int, int]:
        """The speed of every letter along a flow."""
        found: dict[int, int] = {}
        for w, moved in zip(self.letters, self.velocities(flow), strict=True):
            for row, values in zip(w, moved, strict=True):
                found.update(zip(row, values, strict=True))
        return found

    def applied(self, layer: Matrix, vector: Sequence[int]) -> list[int]:
        g = self.graph
        return [g.total(g.mul(w, v) for w, v in zip(row, vector, strict=True)) for row in layer]


class Network(Base):
    """One architecture."""

    def __init__(self, graph: Graph, setting: Setting, widths: tuple[int, ...], examples: int, count: int, classes=()):
        shapes = list(zip(widths[1:], widths, strict=False))
        super().__init__(graph, setting, shapes, examples, count, classes)
        self.widths, self.outputs_count = widths, widths[-1]
        self.other_norms, self.other_squares = graph.one, graph.zero
        self.gate_of: dict[int, int] = {}  # pre-activations of the network, in every state, and their gates

    @property
    def depth(self) -> int:
        return self.graph.num(len(self.shapes))

    def input(self, n: int) -> list[int]:
        return [self.graph.leaf(f"x{n}_{i}") for i in range(self.widths[0])]

    def spheres(self) -> list[list[list[str]]]:
        each = range(1, self.examples + 1)
        return super().spheres() + [[[f"x{n}_{i}" for i in range(self.widths[0])]] for n in each]

    @property
    def equal_norms(self) -> bool:
        return self.setting.start == "equal-norms" and len(self.shapes) > 1

    def forward(self, layers: Sequence[Matrix], n: int) -> list[int]:
        last = self.hidden(layers, n)[-1]
        if self.setting.output_activation:
            return [self.activation(z, 0, self._gate(n, len(layers), i)) for i, z in enumerate(last)]
        return last

    def hidden(self, layers: Sequence[Matrix], n: int) -> list[list[int]]:
        """The pre-activations of every layer; those of the weights first, at which gates are read."""
        if layers is not self.letters:
            self.hidden(self.letters, n)
        value, rows = self.input(n), []
        for k, layer in enumerate(layers, 1):
            rows.append(self.applied(layer, value))
            gates = [self._gate(n, k, i) for i in range(len(layer))]
            self.gate_of.update(zip(rows[-1], gates, strict=True))
            value = [self.activation(z, 0, gate) for z, gate in zip(rows[-1], gates, strict=True)]
        return rows

    def _gate(self, n: int, k: int, i: int) -> int:
        """The gate of a unit: positive factors of its argument do not move it, so it is one in every state."""
        return self.graph.leaf(f"g{n}_{k}_{i}") if "relu" in self.setting.network else self.graph.one

    def _gate_at(self, z: int) -> int:
        """The gate at any argument, which positive factors do not move."""
        inside = z
        while self.graph.nodes[inside][0] == "mul":
            positive = [p for p in self.graph.parts(inside) if self.graph.positive(p)]
            if not positive:
                break
            inside = next((p for p in self.graph.parts(inside) if p not in positive), positive[0])
        return self.gate_of.setdefault(z, self.gate_of.setdefault(inside, self.graph.leaf(f"g_{inside}")))

    def activation(self, z: int, order: int, gate: int | None = None) -> int:
        """A derivative of the activation. A gate is a letter, of which not even g^2 = g is used."""
        g = self.graph
        match self.setting.network:
            case "linear":
                return (z, g.one, g.zero)[min(order, 2)]
            case "relu" | "leaky-relu":
                if g.number(z) is not None:
                    raise Uncovered("the activation of a number")
                own = self._gate_at(z) if gate is None else gate
                return (g.mul(own, z), own, g.zero)[min(order, 2)]
            case "power":
                p, factor = self.setting.degree, 1
                for i in range(order):
                    factor *= p - i
                return g.mul(g.num(factor), g.power(z, Fraction(max(p - order, 0))))
        return g.jet(z, order)


class Layers(Base):
    """One layer, or two, of every network that is linear off the kinks in each layer.

    Args:
        single: the network has one layer: B = 1 and a_n = x_n.
        adjacent: the two layers are neighbours, so that M_n is diagonal: the gates between them.
    """

    def __init__(
        self,
        graph: Graph,
        setting: Setting,
        shapes: Sequence[tuple[int, int]],
        outputs: int,
        examples: int,
        count: int,
        classes: Sequence[int] = (),
        single: bool = False,
        adjacent: bool = False,
    ):
        if setting.network not in LINEAR_OFF_KINKS:
            raise Uncovered("every depth of a network that is not linear off the kinks in each layer")
        super().__init__(graph, setting, shapes, examples, count, classes)
        self.outputs_count, self.single, self.adjacent = outputs, single, adjacent
        self.other_norms = graph.one if single else graph.leaf("R")
        decays = any(d != 0 for d in self._every_decay())
        self.other_squares = graph.leaf("Q") if decays and not single else graph.zero

    def _every_decay(self) -> tuple:
        given = self.setting.weight_decay
        return given if isinstance(given, tuple) else (given,)

    def decay(self, k: int) -> int:
        """With one value a layer, a letter for each layer that is written out covers every number."""
        return self.graph.leaf(f"decay{k}") if isinstance(self.setting.weight_decay, tuple) else super().decay(k)

    @property
    def depth(self) -> int:
        return self.graph.one if self.single else self.graph.leaf("K")

    def input(self, n: int) -> list[int]:
        if not self.single:
            raise Uncovered("inputs of a network of any depth")
        return self.before(n)

    def before(self, n: int) -> list[int]:
        return [self.graph.leaf(f"a{n}_{j}") for j in range(self.shapes[0][1])]

    def spheres(self) -> list[list[list[str]]]:
        """With one layer a_n is the input, of which the norm may occur."""
        inputs = [[[f"a{n}_{j}" for j in range(self.shapes[0][1])]] for n in range(1, self.examples + 1)]
        return super().spheres() + (inputs if self.single else [])

    def _formed(self, n: int, normalized: bool, polar: bool) -> list[int]:
        f = self.forward(self.weights(polar), n)
        if not normalized:
            return f
        scale = self.graph.inv(self.norm_product(polar))
        return [self.graph.mul(v, scale) for v in f]

    def forward(self, layers: Sequence[Matrix], n: int) -> list[int]:
        value = self.applied(layers[0], self.before(n))
        if len(layers) == 2:
            value = self.applied(layers[1], self._between(n, value))
        if self.single:
            return value
        rows = self.shapes[-1][0]
        after = [[self.graph.leaf(f"B{n}_{c}_{i}") for i in range(rows)] for c in range(self.outputs_count)]
        return self.applied(after, value)

    def _between(self, n: int, value: Sequence[int]) -> list[int]:
        g, rows, columns = self.graph, self.shapes[1][1], self.shapes[0][0]
        if not self.adjacent:
            return self.applied([[g.leaf(f"M{n}_{i}_{j}") for j in range(columns)] for i in range(rows)], value)
        if self.setting.network == "linear":
            return list(value)
        return [g.mul(g.leaf(f"M{n}_{i}"), v) for i, v in enumerate(value)]
