r"""Signs that follow from signs: certificates e = sum_i c_i p_i with c_i > 0 rational and every p_i >= 0.

The p_i are products of a hypothesis (an order that a setting assumes, a premise of an implication, a separation, a
rectified pre-activation), or of two, with a monomial that is not negative, and squares (q_i +- q_j)^2 of binomials. A
linear programme in floats guesses which of them are needed; the coefficients are then solved for, and the sum is
formed again, in exact arithmetic. So are Positivstellensatz certificates of low degree found, and those of
Cauchy-Schwarz by Lagrange's identity.

Functions add what is known of them: exp a >= 1 + a, log q <= q - 1, gates and signs lie between their values, and
exp is increasing: c (E^a - E^b) has the sign of c (a - b).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flint import fmpq_mpoly

from derivations.exact.ring import Element

from ..formula.nodes import And, Compare, Node
from ..formula.shapes import integer
from .extremes import every_term
from .programme import MOST_TERMS, Form, Programme, Sign, cleared

# what is tried of the hypotheses, one after the other; 'products' are those of two, and squares of binomials
REACHES = ("as they are", "multiples", "products")
MOST_UNREDUCED = 2000  # terms of an element as it comes


def ways_to_hold(relation: Compare, bound: dict[str, int], evaluator: Any) -> list[list[Sign]]:
    """Lists of signs, each of which is enough for a relation to hold: one list, but for `!=` one a side and entry."""
    if relation.op != "!=":
        return [signs_of(relation, bound, evaluator)]
    gaps = evaluator.difference(relation.left, relation.right, bound)[2].reshape(-1)
    return [[Sign(e, strict=True)] for gap in gaps for e in (gap, -gap)]


def signs_of(node: Node, bound: dict[str, int], evaluator: Any) -> list[Sign]:
    """What the relations of a conjunction say, as signs. Other parts, and `!=`, say nothing here: fewer hypotheses are
    known then, so a conclusion is asked for by `ways_to_hold`, which leaves nothing out."""
    match node:
        case And(args=args):
            return [s for a in args for s in signs_of(a, bound, evaluator)]
        case Compare(op=op, left=left, right=right) if op != "!=":
            spread = every_term(node, bound, labelled=evaluator.world.classes == 1)
            if spread is not None:
                term, over = spread
                low, high = (integer(end, bound, evaluator.sizes) for end in (over.low, over.high))
                each = range(low, high + 1)
                return [s for i in each for s in signs_of(term, {**bound, over.index: i}, evaluator)]
            gaps = evaluator.difference(left, right, bound)[2].reshape(-1)
            return [Sign(-e if op in ("<", "<=") else e, op in ("<", ">"), op == "==") for e in gaps]
    return []


def follows(target: Sign, known: Sequence[Sign], world: Any, nonzero: set[int]) -> bool:
    """Whether the sign of an element follows from known ones.

    Args:
        nonzero: the positive letters that vanish nowhere.
    """
    if target.equal:
        return all(follows(Sign(e), known, world, nonzero) for e in (target.element, -target.element))
    if not cleared(target.element, world) or len(target.element.num) > MOST_UNREDUCED:
        return False
    element = without_exponentials(target.element, world, nonzero if target.strict else world.letters.positive)
    usable = [k for k in known if len(k.element.num) <= MOST_TERMS and cleared(k.element, world)]
    usable = about_its_neurons(usable, element, world)
    plain = [(k, without_exponentials(k.element, world, nonzero)) for k in usable]
    usable += [replace(k, element=e) for k, e in plain if e is not k.element]
    usable += of_functions(element, usable, world, nonzero)
    programmes = [Programme(form, element, usable, world, nonzero) for form in forms(world)]
    return any(p.certified(target.strict, reach) for reach in REACHES for p in programmes)


def about_its_neurons(known: Sequence[Sign], element: Element, world: Any) -> list[Sign]:
    """Those signs whose gates are the element's, or tied to them by signs that share a gate with them."""
    every = {i for i, letter in world.letters.table.items() if letter.kind == "gate"}
    met = every & letters_inside(element, world)
    gates = [every & k.element.letters() for k in known]
    while new := set().union(*(g for g in gates if g & met)) - met:
        met |= new
    return [k for k, g in zip(known, gates, strict=True) if g <= met]


def letters_inside(element: Element, world: Any) -> set[int]:
    """The letters of an element and of what its derived letters stand for."""
    found: set[int] = set()
    waiting = [element]
    while waiting:
        new = waiting.pop().letters() - found
        found |= new
        waiting += [world.letters.table[i].argument for i in new if i in world.letters.table]
    return found


def forms(world: Any) -> list[Form]:
    """Normal forms: with rho_k beside the entries of W_k, with one entry, or with rho_k^2, written by the others."""
    ring = world.ring

    def plain(poly: fmpq_mpoly) -> fmpq_mpoly:
        reduced = ring.reduce(poly)
        return spelt_out(reduced, world) if len(reduced) <= MOST_TERMS else reduced

    return [ring.reduce, lambda p: ring.reduce(p, spheres=True), plain]


def spelt_out(poly: fmpq_mpoly, world: Any) -> fmpq_mpoly:
    """The polynomial with every rho_k^2 written as |W_k|^2."""
    for index, layer in zip(world.norms, world.layers, strict=True):
        if poly.degrees()[index] > 1:
            square = world.total(e * e for e in layer.reshape(-1)).num
            total = world.ring.nothing
            for exponents, coefficient in poly.to_dict().items():
                whole, odd = divmod(int(exponents[index]), 2)
                rest = (*exponents[:index], odd, *exponents[index + 1 :])
                total = total + world.ring.context.from_dict({rest: coefficient}) * square**whole
            poly = total
    return poly


def of_functions(element: Element, known: Sequence[Sign], world: Any, nonzero: set[int]) -> list[Sign]:
    """What is known of the functions in an element, whatever their arguments."""
    found: list[Sign] = []
    one = world.ring.one
    met = set(world.ring.letters_of(world.ring.reduce(element.num)))
    for index in sorted(met & world.letters.table.keys()):
        letter, own = world.letters.table[index], world.ring.generator(index)
        match letter.kind:
            case "exp":
                found += [Sign(own - one - letter.argument), *_beside_one(own, letter.argument, known, world, nonzero)]
            case "log":
                found.append(Sign(letter.argument - one - own))
                if sum_of_positives(letter.argument - one, nonzero):
                    found.append(Sign(own, strict=True))
            case "gate" | "sign" if letter.kind == "sign" or world.letters.slope < 1:
                low = world.ring.constant(-1 if letter.kind == "sign" else world.letters.slope)
                found += [Sign(one - own), Sign(own - low)]
                found.append(Sign((own - low) * letter.argument))
                found.append(Sign((own - one) * letter.argument))
    return [s for s in found if cleared(s.element, world)]


def _beside_one(own: Element, argument: Element, known: Sequence[Sign], world: Any, nonzero: set[int]) -> list[Sign]:
    """exp a < 1 where a < 0, and so on."""
    one = world.ring.one
    for sign in (1, -1):
        side = argument if sign > 0 else -argument
        if not cleared(side, world):
            continue
        for strict in (True, False):
            if Programme(world.ring.reduce, side, known, world, nonzero).certified(strict, "multiples"):
                return [Sign(own - one if sign > 0 else one - own, strict)]
    return []


def sum_of_positives(element: Element, nonzero: set[int]) -> bool:
    letters = set(element.ring.letters_of(element.num)) | set(element.den)
    return letters <= nonzero and not element.num.is_zero() and all(c > 0 for c in element.num.coeffs())


def without_exponentials(element: Element, world: Any, positive: set[int]) -> Element:
    """a - b for an element c (E^a - E^b), c a product of the letters `positive`; other elements as they are."""
    ring, table = world.ring, world.letters.table
    terms = list(ring.reduce(element.num).to_dict().items())
    if len(terms) != 2 or terms[0][1] != -terms[1][1]:
        return element
    (first, c), (second, _) = terms
    exponent = ring.zero
    for i, (m, n) in enumerate(zip(first, second, strict=True)):
        if m == n and (m == 0 or i in positive):
            continue
        if m == n or i not in table or table[i].kind != "exp":
            return element
        exponent = exponent + table[i].argument * ring.constant(int(m) - int(n))
    exponent = exponent if c > 0 else -exponent
    return exponent if cleared(exponent, world) else element
