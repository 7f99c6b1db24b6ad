"""Terms of the formula language as arrays of scalars: the checker's own reading of the tree."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from ..formula import constants
from ..formula.nodes import BinOp, Call, Grad, Hess, Indexed, Name, Neg, Node, Num, Rate, Reduce, Transpose
from ..formula.shapes import integer
from ..formula.sizes import Sizes
from .algebra import Uncovered
from .arrays import Array, inner, matrix_of, null_projector, product, pseudoinverse, scalar, scaled, together, vector_of
from .networks import Layers, Network

ENTRYWISE = ("exp", "log", "sqrt", "sign", "abs")


class WrittenSizes(Sizes):
    """Sizes where the layers written out need not fit each other."""

    def __init__(self, sizes: Sizes, shapes: list[tuple[int, int]]):
        super().__init__((shapes[0][1], *sizes.widths[1:]), sizes.examples, sizes.loss, sizes.network, sizes.flow)
        object.__setattr__(self, "shapes", shapes)

    @property
    def depth(self) -> int:
        return len(self.shapes)  # type: ignore[attr-defined]

    def layer(self, k: int) -> tuple[int, int]:
        return self.shapes[k - 1]  # type: ignore[attr-defined]


class Reader:
    """The values of terms in one network."""

    def __init__(self, network: Network | Layers, sizes: Sizes):
        self.network, self.sizes, self.graph = network, sizes, network.graph
        self.polar = False
        self._inside_weights = False

    def gap(self, left: Node, right: Node, bound: Mapping[str, int]) -> Array:
        """Left minus right."""
        a, b = self.term(left, bound), self.term(right, bound)
        return together(self.graph, a, b.mapped(self.graph.neg), self.graph.plus)

    def term(self, node: Node, bound: Mapping[str, int]) -> Array:
        g = self.graph
        match node:
            case Num(value=value):
                return scalar(g.num(value))
            case Name(name=name):
                return self._name(name, bound)
            case Indexed(base=base, index=index):
                return self._indexed(base, integer(index, bound, self.sizes)).normal
            case Neg(arg=arg):
                return self.term(arg, bound).mapped(g.neg)
            case Transpose(arg=arg):
                return self.term(arg, bound).transposed
            case BinOp():
                return self._binary(node, bound)
            case Reduce():
                return self._reduced(node, bound)
            case Grad():
                return self._gradient(node, bound).normal
            case Hess():
                return self._hessian(node, bound).normal
            case Rate(body=body, flow=flow):
                return self._rate(body, flow, bound)
            case Call():
                return self._call(node, bound).normal
        raise Uncovered(f"{type(node).__name__} as a term")

    # ---- words

    def _name(self, name: str, bound: Mapping[str, int]) -> Array:
        net, g = self.network, self.graph
        if name in bound:
            return scalar(g.num(bound[name]))
        match name:
            case "K":
                return scalar(net.depth)
            case "N":
                return scalar(net.count)
            case "rho":
                return scalar(net.norm_product(self.polar))
            case "L":
                return scalar(net.loss(self.polar))
            case "p":
                return scalar(g.num(net.setting.degree))
            case "pi":
                return scalar(g.leaf("pi"))
            case "decay" if not isinstance(net.setting.weight_decay, tuple):
                return scalar(net.decay(1))
            case "X":
                return matrix_of([net.input(n) for n in range(1, net.examples + 1)])
            case "min_norm" if isinstance(net, Network) and self._in_general_position():
                inputs, targets = self._name("X", bound), self._name("Y", bound)
                return product(g, pseudoinverse(g, inputs.matrix), targets)
            case "Y":
                rows = [net.label(n) for n in range(1, net.examples + 1)]
                return vector_of([r[0] for r in rows]) if net.outputs_count == 1 else matrix_of(rows)
            case "margin" if net.examples == 1 and net.outputs_count == 1:
                return scalar(g.mul(net.label(1)[0], net.outputs(1, True, self.polar)[0]))
        raise Uncovered(f"the word '{name}'")

    def _in_general_position(self) -> bool:
        """Whether the data have full rank, as pseudoinverses are formed here."""
        return self.network.setting.data in ("generic", "separable", "nonseparable")

    def _indexed(self, base: str, i: int) -> Array:
        net = self.network
        match base:
            case "W":
                return matrix_of(net.weights(self.polar)[i - 1])
            case "V":
                return matrix_of(net.directions(self.polar)[i - 1])
            case "rho":
                return scalar(net.norms(self.polar)[i - 1])
            case "decay":
                return scalar(net.decay(i))
            case "x":
                return vector_of(net.input(i))
            case "y":
                return vector_of(net.label(i))
            case "f" | "fV":
                return vector_of(net.outputs(i, base == "fV", self.polar))
            case "lam":
                return scalar(self._multiplier(i))
        raise Uncovered(f"the word '{base}[...]'")

    def _multiplier(self, k: int) -> int:
        """-1/2 <dL/dV_k, V_k>."""
        net, g = self.network, self.graph
        force = [e for row in net.slopes(net.loss(True), k, net.turned) for e in row]
        spun = g.total(g.mul(a, v) for a, v in zip(force, [e for row in net.turned[k - 1] for e in row], strict=True))
        value = g.mul(g.num(Fraction(-1, 2)), spun)
        return value if self.polar else net.read_plainly([value])[0]

    # ---- arithmetic

    def _binary(self, node: BinOp, bound: Mapping[str, int]) -> Array:
        g = self.graph
        if node.op == "**":
            return scalar(self._power(node, bound))
        left, right = self.term(node.left, bound), self.term(node.right, bound)
        match node.op:
            case "+":
                return together(g, left, right, g.plus)
            case "-":
                return together(g, left, right.mapped(g.neg), g.plus)
            case "*":
                return scaled(g, left, right)
            case "/":
                return scaled(g, left, scalar(g.inv(right.item)))
        return product(g, left, right)

    def _power(self, node: BinOp, bound: Mapping[str, int]) -> int:
        known = {**bound}
        if isinstance(self.network, Network):
            known["K"] = self.sizes.depth
            if self.graph.number(self.network.count) is not None:
                known["N"] = self.sizes.examples
        exponent = constants.rational(node.right, known)
        if exponent is None:
            raise Uncovered("an exponent that is not a number")
        base = node.left
        if isinstance(base, Call) and base.func == "norm" and exponent.denominator == 1 and exponent % 2 == 0:
            inside = self.term(base.args[0], bound)  # no root, which would have a sign to try
            return self.graph.power(self.network.squares(inside.entries), exponent / 2)
        return self.graph.power(self.term(base, bound).item, exponent)

    def _reduced(self, node: Reduce, bound: Mapping[str, int]) -> Array:
        g = self.graph
        low, high = (integer(e, bound, self.sizes) for e in (node.low, node.high))
        values = [self.term(node.body, {**bound, node.index: i}) for i in range(low, high + 1)]
        if node.func in ("min", "max"):
            if len(values) == 1:
                return values[0]
            raise Uncovered(f"a {node.func} of several values")
        if not values:
            return scalar(g.num(int(node.func == "prod")))
        total = values[0]
        for value in values[1:]:
            total = scaled(g, total, value) if node.func == "prod" else together(g, total, value, g.plus)
        return total

    # ---- derivatives

    def _gradient(self, node: Grad, bound: Mapping[str, int]) -> Array:
        net = self.network
        if node.wrt is None:
            return self._by_all(self._inside(node.body, bound, False))
        k, polar = integer(node.wrt.index, bound, self.sizes), node.wrt.base != "W"
        value = self._inside(node.body, bound, polar)
        if node.wrt.base == "rho":
            found = scalar(self.graph.gradient(value, [net.lengths[k - 1]])[0])
        else:
            found = matrix_of(net.slopes(value, k, net.turned if polar else net.letters))
        return self._outside(found, polar)

    def _by_all(self, value: int) -> Array:
        """By every weight; of a network of any depth that is not written out."""
        self._written_whole()
        flat = [e for w in self.network.letters for row in w for e in row]
        return vector_of(self.graph.gradient(value, flat))

    def _written_whole(self) -> None:
        if isinstance(self.network, Layers) and not self.network.single:
            raise Uncovered("a derivative by all layers of a network of any depth")

    def _inside(self, body: Node, bound: Mapping[str, int], polar: bool) -> int:
        """The scalar under a derivative, in the state that the derivative asks for."""
        if (self.polar and not polar) or (self._inside_weights and polar):
            raise Uncovered("derivatives by W and by V in one nest")
        before = self.polar, self._inside_weights
        self.polar, self._inside_weights = polar, not polar
        value = self.term(body, bound).item
        self.polar, self._inside_weights = before
        return value

    def _outside(self, found: Array, polar: bool) -> Array:
        if not polar or self.polar:
            return found
        return Array(found.shape, tuple(self.network.read_plainly(found.entries)))

    def _hessian(self, node: Hess, bound: Mapping[str, int]) -> Array:
        net, g = self.network, self.graph
        polar = node.space == "V"
        value = self._inside(node.body, bound, polar)
        every = net.turned if polar else net.letters
        if node.first is None or node.second is None:
            self._written_whole()
            chosen = [every, every]
        else:
            chosen = [[every[integer(v.index, bound, self.sizes) - 1]] for v in (node.first, node.second)]
        rows, columns = ([e for w in part for row in w for e in row] for part in chosen)
        found = matrix_of([g.gradient(slope, columns) for slope in g.gradient(value, rows)])
        return self._outside(found, polar)

    def _rate(self, body: Node, flow: str | None, bound: Mapping[str, int]) -> Array:
        if self.polar:
            raise Uncovered("a time derivative inside a derivative by V")
        value = self.term(body, bound)
        speeds = self.network.speeds(flow or self.network.setting.flow)
        return Array(value.shape, tuple(self.graph.rates(value.entries, speeds)))

    # ---- functions

    def _call(self, node: Call, bound: Mapping[str, int]) -> Array:
        func, args, net, g = node.func, node.args, self.network, self.graph
        if func in ("pre", "gate", "onehot", "eye", "rows", "cols"):
            return self._by_number(node, bound)
        if func == "vec" and args == (Name("W"),):
            self._written_whole()
            return vector_of([e for w in net.weights(self.polar) for row in w for e in row])
        first = self.term(args[0], bound)
        match func:
            case "entry" | "row" | "col":
                return self._part(node, first, bound)
            case "dot":
                return scalar(inner(g, first, self.term(args[1], bound)))
            case "outer":
                other = self.term(args[1], bound).vector.entries
                return matrix_of([[g.mul(a, b) for b in other] for a in first.vector.entries])
            case "norm":
                return scalar(g.root(net.squares(first.entries)))
            case "vec":
                return vector_of(first.entries)
            case "tr":
                return scalar(g.total(row[i] for i, row in enumerate(first.matrix.rows)))
            case "zeros_like":
                return first.mapped(lambda _: g.zero)
            case "diag":
                v = first.vector.entries
                return matrix_of([[v[i] if i == j else g.zero for j in range(len(v))] for i in range(len(v))])
        return self._function(func, first)

    def _function(self, func: str, a: Array) -> Array:
        g, net = self.graph, self.network
        if func == "softmax":
            powers = [g.exp(e) for e in a.vector.entries]
            over = g.inv(g.total(powers))
            return vector_of([g.mul(e, over) for e in powers])
        if func in ENTRYWISE:
            forms = {"exp": g.exp, "log": g.log, "sqrt": g.root, "sign": g.sign, "abs": lambda e: g.mul(g.sign(e), e)}
            return a.mapped(forms[func])
        if func in ("act", "act1", "act2") and isinstance(net, Network):
            return a.mapped(lambda z: net.activation(z, ("act", "act1", "act2").index(func)))
        if func in ("null_projector", "pinv") and isinstance(net, Network) and self._in_general_position():
            return null_projector(g, a.matrix) if func == "null_projector" else pseudoinverse(g, a.matrix).normal
        raise Uncovered(f"the function '{func}'")

    def _by_number(self, node: Call, bound: Mapping[str, int]) -> Array:
        net, g, func = self.network, self.graph, node.func
        if func in ("rows", "cols"):
            return scalar(g.num(integer(node, bound, self.sizes)))
        numbers = [integer(a, bound, self.sizes) for a in node.args]
        if func == "eye":
            each = range(numbers[0])
            return matrix_of([[g.num(int(i == j)) for j in each] for i in each])
        if func == "onehot":
            own = net.classes[numbers[0] - 1]
            return vector_of([g.num(int(c == own)) for c in range(1, net.outputs_count + 1)])
        if not isinstance(net, Network):
            raise Uncovered(f"'{func}' in a network of any depth")
        k, n = numbers
        z = net.hidden(net.weights(self.polar), n)[k - 1]
        if func == "gate" and net.setting.network not in ("linear", "relu", "leaky-relu"):
            raise Uncovered("gates of an activation without kinks")
        return vector_of(z if func == "pre" else [net.activation(e, 1) for e in z])

    def _part(self, node: Call, a: Array, bound: Mapping[str, int]) -> Array:
        func = node.func
        if func == "entry" and len(node.args) == 2:
            place, values = node.args[1], a.vector.entries
            if isinstance(place, Indexed) and place.base == "y":
                return scalar(values[self.network.classes[integer(place.index, bound, self.sizes) - 1] - 1])
            return scalar(values[integer(place, bound, self.sizes) - 1])
        rows = a.matrix.rows
        index = [integer(i, bound, self.sizes) - 1 for i in node.args[1:]]
        if func == "entry":
            return scalar(rows[index[0]][index[1]])
        return vector_of(rows[index[0]] if func == "row" else [row[index[0]] for row in rows])
