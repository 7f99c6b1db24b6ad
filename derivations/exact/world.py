r"""The exact world: a network whose weights, inputs and labels are letters.

f, the loss and all their derivatives are elements of one ring (see `ring`), so that a statement about a
point becomes an identity between polynomials. W_k are the letters; rho_k is a letter with
rho_k^2 = |W_k|^2 and V_k = W_k / rho_k. Derivatives by V (rho held fixed, V free) send w_ij to rho_k and
leave rho_k alone, and the relation of rho_k is applied only after the last derivative.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .arrays import Array, ArrayOperations, entrywise, item, matrix, scalar, vector
from .letters import Letters
from .ring import MOST_TERMS, Derivation, Element, Ring, Undecidable, terms_of_power


@dataclass(frozen=True)
class Point:
    """What a term is a function of. In a polar state rho and V are independent, V not normalised."""

    polar: bool = False


PLAIN, POLAR = Point(), Point(polar=True)


class ExactWorld(ArrayOperations):
    """Shared half of every exact world: layers, losses, derivatives. Subclasses supply the outputs.

    Attributes:
        layers: for each layer the matrix of its entries, elements of the ring.
        norms: for each layer the index of the letter rho_k.
        count: the number of examples; a positive letter N where few examples stand for every number, so that
            averages and sizes are told apart from sums.
        general_position: every min(N, d) inputs are independent.
        decays: for each layer its weight decay, a number or the name of a positive letter; subclasses set it.
    """

    state = PLAIN
    decays: Sequence[Fraction | str]

    def __init__(
        self,
        ring: Ring,
        letters: Letters,
        shapes: Sequence[tuple[int, int]],
        *,
        loss: str,
        average: bool,
        flow: str,
        examples: int,
        general_position: bool = True,
    ):
        self.ring, self.letters, self.general_position = ring, letters, general_position
        self.shapes, self.loss, self.average, self.flow = list(shapes), loss, average, flow
        self.examples = examples
        self.count = ring.letter("N") if "N" in ring.position else ring.constant(examples)
        self.layers = [
            matrix([[ring.letter(f"w{k}_{i}_{j}") for j in range(c)] for i in range(r)])
            for k, (r, c) in enumerate(shapes, 1)
        ]
        self.norms = [ring.position[f"rho{k}"] for k in range(1, len(shapes) + 1)]
        letters.positive.update(self.norms)
        letters.positive.update(self.ring.letters_of(self.count.num))
        for k, layer in enumerate(self.layers):
            first = ring.position[f"w{k + 1}_0_0"]
            squares = self.total(e * e for e in layer.reshape(-1))
            ring.spheres[first] = squares.num - ring.gens[self.norms[k]] ** 2
        self.owner = {
            ring.position[f"w{k}_{i}_{j}"]: (k - 1, i, j)
            for k, (r, c) in enumerate(shapes, 1)
            for i in range(r)
            for j in range(c)
        }
        self._velocities: dict[str, list[Array]] = {}
        self._derivations: dict[Any, Derivation] = {}
        self._data_loss: Element | None = None

    @property
    def classes(self) -> int:
        """Number of outputs of the network."""
        return self.shapes[-1][0]

    # ---- what subclasses supply

    def outputs(self, state: Point, n: int, normalized: bool) -> list[Element]:
        raise NotImplementedError

    def input(self, n: int) -> Array:
        raise NotImplementedError

    def before(self, n: int) -> Array:
        """What enters the first layer written out: the input, unless layers below are left out."""
        return self.input(n)

    def label(self, n: int) -> Array:
        raise NotImplementedError

    def target_class(self, n: int) -> int:
        raise Undecidable("class labels exist only with the cross-entropy loss")

    def decay_of(self, k: int) -> Element:
        raise NotImplementedError

    def other_layers_decay(self) -> Element:
        """weight_decay times the squared norms of layers that the world does not spell out."""
        return self.ring.zero

    # ---- the network

    def weight(self, state: Point, k: int) -> Array:
        return self.layers[k - 1]

    def rho(self, k: int) -> Element:
        return self.ring.generator(self.norms[k - 1])

    def direction(self, state: Point, k: int) -> Array:
        inverse = self.rho(k).inverse()
        return entrywise(lambda e: e * inverse, self.layers[k - 1])

    def layer_norm(self, state: Point, k: int) -> Array:
        return scalar(self.rho(k))

    def norm_product(self, state: Point) -> Array:
        result = self.ring.one
        for k in range(1, len(self.layers) + 1):
            result = result * self.rho(k)
        return scalar(result)

    def output(self, state: Point, n: int, normalized: bool) -> Array:
        return vector(self.outputs(state, n, normalized))

    def weights_vector(self, state: Point) -> Array:
        return vector([e for layer in self.layers for e in layer.reshape(-1)])

    def multiplier(self, state: Point, k: int) -> Array:
        force = self.gradient(PLAIN, self.loss_value, "V", k)
        half = self.ring.constant(Fraction(-1, 2))
        return scalar(item(self.inner(force, self.direction(PLAIN, k))) * half)

    def layer_decay(self, k: int) -> Array:
        return scalar(self.decay_of(k))

    # ---- loss

    def example_of_letter(self) -> dict[int, int]:
        """For each letter that belongs to one example its number; derived letters by those inside them."""
        ring = self.ring
        found = {}
        for name, index in ring.position.items():
            digits = name[1:].split("_")[0]
            if name[0] in "xyaBM" and digits.isdigit():
                found[index] = int(digits)
        for index, letter in sorted(self.letters.table.items(), reverse=True):
            inside = {found[i] for i in letter.argument.letters() if i in found}
            if len(inside) == 1:
                found[index] = inside.pop()
        return found

    def loss_value(self, state: Point) -> Array:
        if self._data_loss is None:  # a value of letters, the same in every state
            total = self.total(self.example_loss(state, n) for n in range(1, self.examples + 1))
            self._data_loss = total / self.count if self.average else total
        total = self._data_loss
        for k, layer in enumerate(self.layers, 1):
            decay = self.decay_of(k)
            if not decay.num.is_zero():
                total = total + decay * self.total(e * e for e in layer.reshape(-1))
        return scalar(total + self.other_layers_decay())

    def example_loss(self, state: Point, n: int) -> Element:
        f = self.outputs(state, n, False)
        if self.loss == "cross-entropy":
            partition = self.letters.log(self.total(self.letters.exp(v) for v in f))
            return partition - f[self.target_class(n) - 1]
        y = self.label(n).reshape(-1)
        match self.loss:
            case "exponential":
                return self.letters.exp(-(y[0] * f[0]))
            case "logistic":
                return self.letters.log(self.ring.one + self.letters.exp(-(y[0] * f[0])))
        return self.total((t - v) * (t - v) for t, v in zip(y, f, strict=True))

    # ---- functions of values

    def apply(self, name: str, a: Array) -> Array:
        if name == "softmax":
            powers = entrywise(self.letters.exp, a)
            return self.divide(powers, scalar(self.total(powers)))
        if name in ("rank", "nullity", "distinct"):
            return self.number(Fraction(self._of_projector(name, a)))
        functions: dict[str, Callable[[Element], Element]] = {
            "exp": self.letters.exp,
            "log": self.letters.log,
            "sqrt": lambda e: self.letters.root(e, 2),
            "sign": self.letters.sign,
            "abs": lambda e: self.letters.sign(e) * e,
        }
        if name not in functions:
            raise Undecidable(f"the exact world does not form '{name}' of letters")
        return entrywise(functions[name], a)

    def _of_projector(self, name: str, a: Array) -> int:
        """rank, nullity or number of distinct nonzero eigenvalues of a matrix M with M^2 = c M: rank = tr M / c."""

        def square(i: int, j: int) -> Element:  # entry by entry: most matrices fail at the first
            return self.total(x * y for x, y in zip(a[i], a[:, j], strict=True))

        at = next((i for i in range(len(a)) if not a[i, i].is_zero()), None)
        factor = None if at is None else self._on_spheres(square(at, at)) / self._on_spheres(a[at, at])
        places = ((i, j) for i in range(len(a)) for j in range(len(a)))
        if factor is None or not all((square(i, j) - factor * a[i, j]).is_zero() for i, j in places):
            raise Undecidable(f"'{name}' of letters is decided for multiples of projectors only")
        if not self._never_zero(factor):
            raise Undecidable(f"'{name}' of a multiple of a projector by something that may vanish")
        ratio = item(self.trace(a)) / factor
        for rank in range(len(a) + 1):
            if (ratio - self.ring.constant(rank)).is_zero():
                return {"rank": rank, "nullity": len(a) - rank, "distinct": min(rank, 1)}[name]
        raise Undecidable(f"'{name}' depends on the letters")

    def _never_zero(self, factor: Element) -> bool:
        """Numbers, products of letters that vanish nowhere, and |x_n|^2: inputs in general position are not zero.

        A norm rho_k vanishes with its layer, which a point may have.
        """
        value = factor.canonical()
        roots = {i for i, letter in self.letters.table.items() if letter.kind == "root"}
        top = value.num / value.num.term_content()
        monomial = set(self.ring.letters_of(value.num.term_content()))
        nowhere = self.letters.positive - roots - set(self.norms)
        return monomial <= nowhere and (top.is_constant() or self._is_square_of_input(top))

    def _is_square_of_input(self, poly) -> bool:
        if not self.general_position:
            return False
        for n in range(1, self.examples + 1):
            try:
                square = self.total(e * e for e in self.input(n))
            except Undecidable:
                return False
            if square.num == poly:
                return True
        return False

    def power(self, a: Array, exponent: Fraction) -> Array:
        base = item(a)
        if exponent.denominator == 1:
            large = terms_of_power(base.num, abs(int(exponent))) > MOST_TERMS
            return scalar((self.letters.whole(base) if large else base) ** int(exponent))
        return scalar(self.letters.root(base, exponent.denominator) ** exponent.numerator)

    def norm(self, a: Array) -> Array:
        return scalar(self.letters.root(self._known_square(self.total(e * e for e in a.reshape(-1))), 2))

    def _known_square(self, square: Element) -> Element:
        """|W_k|^2 times positive letters as rho_k^2, off any derivative by V.

        What hypotheses fix is not put in: it need not hold beside the point, and a derivative may follow.
        """
        if self.state.polar:
            return square
        return self._on_spheres(square)

    def _on_spheres(self, e: Element) -> Element:
        return Element(self.ring, self.ring.on_spheres(e.num), e.den).tidy()

    def extreme(self, name: str, values: Sequence[Array]) -> Array:
        if len(values) == 1:
            return values[0]
        raise Undecidable(f"the exact world does not form a {name} of letters")

    def margin(self, state: Point) -> Array:
        values = [scalar(self.signed_output(state, n, True)) for n in range(1, self.examples + 1)]
        return self.extreme("min", values)

    def signed_output(self, state: Point, n: int, normalized: bool) -> Element:
        """y_n f; for classes f_y - f_c for the runner-up c, which only two classes determine."""
        f = self.outputs(state, n, normalized)
        if self.loss == "cross-entropy":
            own = self.target_class(n) - 1
            others = [scalar(f[own] - v) for c, v in enumerate(f) if c != own]
            return item(self.extreme("min", others))
        return item(self.label(n)) * f[0]

    def label_entry(self, a: Array, n: int) -> Array:
        return scalar(a[self.target_class(n) - 1])

    def onehot(self, n: int) -> Array:
        one, zero, own = self.ring.one, self.ring.zero, self.target_class(n)
        return vector([one if c == own else zero for c in range(1, self.classes + 1)])

    # ---- derivatives

    def gradient(self, state: Point, body: Callable[[Point], Array], space: str, layer: int | None) -> Array:
        value = self._inside(body, POLAR if space in ("V", "rho") or state.polar else PLAIN)
        if space == "rho":
            if layer is None:
                raise ValueError("a derivative by the norms names its layer")
            return scalar(self.partial("rho", layer, 0, 0)(item(value)))
        if layer is None:
            return vector([self.partial(space, k, i, j)(item(value)) for k, i, j in self.every_entry()])
        return self._layer_gradient(item(value), space, layer)

    def _inside(self, body: Callable[[Point], Array], state: Point) -> Array:
        outer, self.state = self.state, state
        try:
            return body(state)
        finally:
            self.state = outer

    def _layer_gradient(self, value: Element, space: str, layer: int) -> Array:
        r, c = self.shapes[layer - 1]
        return matrix([[self.partial(space, layer, i, j)(value) for j in range(c)] for i in range(r)])

    def every_entry(self) -> list[tuple[int, int, int]]:
        return [(k, i, j) for k, (r, c) in enumerate(self.shapes, 1) for i in range(r) for j in range(c)]

    def hessian(
        self, state: Point, body: Callable[[Point], Array], space: str, layers: tuple[int, int] | None
    ) -> Array:
        value = item(self._inside(body, POLAR if space == "V" or state.polar else PLAIN))
        entries = self.every_entry()
        row_entries = entries if layers is None else [e for e in entries if e[0] == layers[0]]
        column_entries = entries if layers is None else [e for e in entries if e[0] == layers[1]]
        slopes = [self.partial(space, *e)(value) for e in row_entries]
        return matrix([[self.partial(space, *e)(slope) for e in column_entries] for slope in slopes])

    def partial(self, space: str, layer: int, i: int, j: int) -> Derivation:
        """The derivation d/dW_k,ij (space 'W'), d/dV_k,ij at fixed rho ('V') or d/drho_k at fixed V ('rho')."""
        key = (space, layer, i, j)
        if key not in self._derivations:
            own = (self.ring.position[f"w{layer}_{i}_{j}"], self.norms[layer - 1])
            moving = own if space != "rho" else (*self._letters_of_layer(layer), self.norms[layer - 1])
            rule = self._on_letter(space, layer - 1, i, j)
            self._derivations[key] = Derivation(self.ring, rule, moving, self.letters.table)
        return self._derivations[key]

    def _letters_of_layer(self, layer: int) -> list[int]:
        return [index for index, (k, _, _) in self.owner.items() if k == layer - 1]

    def _on_letter(self, space: str, layer: int, i: int, j: int) -> Callable[[int, Derivation], Element]:
        ring, norm = self.ring, self.norms[layer]
        own = ring.position[f"w{layer + 1}_{i}_{j}"]
        rho = ring.generator(norm)

        def on_letter(index: int, derivation: Derivation) -> Element:
            if index in self.letters.table:
                return self.letters.rate(index, derivation)
            if space == "rho":
                if index == norm:
                    return ring.one
                mine = self.owner.get(index, (None,))[0] == layer
                return ring.generator(index) / rho if mine else ring.zero
            if index == own:
                return rho if space == "V" else ring.one
            if index == norm and space == "W":
                return ring.generator(own) / rho
            return ring.zero

        return on_letter

    # ---- flows

    # ---- hypotheses

    def impose(self, gap: Element) -> bool:
        """Take gap = 0 as a hypothesis, by solving for a letter in which it is linear with a number before it.

        Returns:
            False if there is no such letter; nothing is imposed then.
        """
        poly = self.ring.reduce(gap.num)
        for index in self._solvable(poly):
            slope = poly.derivative(index)
            rest = poly - slope * self.ring.gens[index]
            self.ring.values[index] = -(rest / slope)
            return True
        return False

    def _solvable(self, poly) -> list[int]:
        """Norms first, then labels: what a hypothesis most naturally fixes."""
        labels = [i for name, i in self.ring.position.items() if name[0] == "y"]
        candidates = [*reversed(self.norms), *labels]
        return [i for i in candidates if poly.degrees()[i] == 1 and poly.derivative(i).is_constant()]

    def interpolate(self) -> None:
        """Zero square loss: every target is the network's own output."""
        for n in range(1, self.examples + 1):
            for target, f in zip(self.label(n).reshape(-1), self.outputs(PLAIN, n, False), strict=True):
                self.impose(target - f)

    def equal_norms(self) -> None:
        """All layer norms equal."""
        for k in range(2, len(self.norms) + 1):
            self.impose(self.rho(k) - self.rho(1))

    def rate(self, state: Point, body: Callable[[Point], Array], flow: str | None) -> Array:
        if state.polar:
            raise Undecidable("a time derivative inside a derivative by V")
        derivation = self.flow_derivation(flow or self.flow)
        return entrywise(derivation, self._inside(body, PLAIN))

    def flow_derivation(self, flow: str) -> Derivation:
        """d/dt along a flow: w_ij moves with the velocity of its layer, rho_k with <W_k, dW_k>/rho_k."""
        if ("flow", flow) not in self._derivations:
            velocities = self.velocities(flow)
            speeds = [
                item(self.inner(layer, speed)) / self.ring.generator(norm)
                for layer, speed, norm in zip(self.layers, velocities, self.norms, strict=True)
            ]

            def on_letter(index: int, derivation: Derivation) -> Element:
                if index in self.letters.table:
                    return self.letters.rate(index, derivation)
                if index in self.owner:
                    k, i, j = self.owner[index]
                    return velocities[k][i, j]
                if index in self.norms:
                    return speeds[self.norms.index(index)]
                return self.ring.zero

            moving = (*self.owner, *self.norms)
            self._derivations["flow", flow] = Derivation(self.ring, on_letter, moving, self.letters.table)
        return self._derivations["flow", flow]

    def velocities(self, flow: str) -> list[Array]:
        """dW_k for each layer; see the contract's list of flows. Weight normalisation starts at |v_k| = 1,
        stays there, and is then the constrained flow in (g, v) = (rho, V)."""
        if flow not in self._velocities:
            value = item(self.loss_value(PLAIN))
            forces = [self._layer_gradient(value, "W", k) for k in range(1, len(self.layers) + 1)]
            self._velocities[flow] = [self._velocity(flow, k, g) for k, g in enumerate(forces, 1)]
        return self._velocities[flow]

    def _velocity(self, flow: str, k: int, force: Array) -> Array:
        if flow == "gradient":
            return self.negate(force)
        direction, rho = self.direction(PLAIN, k), self.rho(k)
        radial = item(self.inner(force, direction))
        along = entrywise(lambda v: v * radial, direction)
        tangent = self.add(force, self.negate(along))
        turning = entrywise(lambda g: -(g * rho * rho), tangent)  # rho_k dV_k
        return turning if flow == "fixed-rho" else self.add(turning, self.negate(along))
