"""Trajectories of ReLU and leaky-ReLU networks as Filippov solutions: gates on, off or sliding, events located.

About: where a sample pushes its own pre-activation down while active and others push it up while inactive, the flow
stays on the kink z = 0. A solver that steps across the kink chatters there for ever; this one follows it.

Between events the modes stand and the flow is smooth (gated.py); steps, clock and errors are those of
smooth.py. Events, found on the interpolant of a step and reached by a step of their own:

    crosses   z changes sign and both sides push the same way
    slides    z reaches 0 and both sides push towards 0
    leaves    the slope lambda of a sliding gate reaches 1 (it goes on) or the off slope (it goes off)
    several   more gates at once, or gates that force each other: all assignments of modes are tried for consistency
    not unique  more than one assignment is consistent with different velocities, or a sliding gate stops attracting
                (an output weight changes sign under it): the Filippov solution branches here; one branch, with the
                gate on where it is consistent, is followed and the event says so
    unsettled   no assignment was found consistent; the run ends there as stalled, as it does where gates change for
                ever at one time

References: A. F. Filippov (1988); J. Cortes, Discontinuous dynamical systems, IEEE Control Systems 28 (2008).
"""

from collections import Counter
from collections.abc import Sequence
from itertools import product

import numpy as np
from scipy.optimize import brentq

from .events import GateEvent, against, root_or_end, start_modes
from .gated import OFF, ON, SLIDING, Piece
from .kinks import Gate
from .rosenbrock import Step
from .run import Progress, Run, integrate
from .setting import FlowSetting
from .trajectory import LOG10, Trajectory

_PROBES = (1 / 3, 2 / 3, 1.0)
_POWERS = np.vander(_PROBES, 5, increasing=True)
_MISS = 1e-6  # two conditions that meet in one point are each met to the square root of the rounding there
_TOGETHER = 1e-9  # events closer than this share of a step are one event: their roots are known to 1e-12 of it
_NOTHING: tuple[float, list[Gate], str, int | None] = (np.inf, [], "", None)
_RETURNS = 10  # to the same modes at one time
_ENUMERABLE = 5  # 3^5 assignments of modes at most


class SlidingRun(Run):
    """A run whose system is exchanged at every event."""

    system: Piece

    def __init__(self, setting: FlowSetting, layers: Sequence[np.ndarray], rtol: float):
        w = np.concatenate([np.asarray(layer, float).ravel() for layer in layers])
        self.base_potential = setting.potential()
        self._pending: tuple[list[Gate], str, int | None] | None = None
        self._standing, self._seen = -np.inf, Counter[bytes]()
        modes = tuple(np.full((len(setting.inputs), width), ON) for width in setting.widths[1:-1])
        modes, ties = start_modes(setting, self.base_potential, modes, w)
        system = Piece(setting, self.base_potential, modes, w)
        system.model.stack(layers)  # refuses wrong shapes
        super().__init__(system, [np.array(layer, float) for layer in layers], rtol)
        self._ties = ties

    def advance(self, trajectory: Trajectory) -> Step | None:
        """One accepted step; before the first, gates that start on their kinks get their modes."""
        ties, self._ties = self._ties, []
        if ties:
            self._settle(ties)
        return super().advance(trajectory)

    def cut(self, step: Step) -> Step:
        """The step up to the first event in it."""
        self._pending = None
        theta, gates, kind, mode = min(self._crossing(step), self._leaving(step), key=lambda event: event[0])
        if not gates:
            return step
        self._pending = (gates, kind, mode)
        if theta <= 0.0:
            return Step(step.start, step.start, np.zeros_like(step.stages), 0.0)
        return step.until(theta)

    def arrive(self, step: Step, steps: int) -> None:
        """Takes the end of a step, on its kinks, and changes the modes if an event waits there."""
        state = step.end.copy()
        pending = self._pending
        waiting = pending[0] if pending else []
        if waiting or steps % 5 == 0:
            state[:-1] = self.system.on_kink(state[:-1], waiting)
        self.state = self.restored(state, sweeps=2) if steps % 5 == 0 else state
        if pending:
            gates, kind, mode = pending
            if mode is None:
                self._settle(gates, at_once=step.h == 0.0)
            else:
                self._change(gates, [mode] * len(gates), kind)

    def _crossing(self, step):
        """(theta, gates, kind, None) of the first sign changes in a step; theta = inf if there are none."""
        if not self.system.modes:  # one layer: no gates
            return _NOTHING
        piece, shape = self.system.model.pieces[0]
        path = step.path(piece)  # of the first layer's weights
        rows = np.dot(_POWERS, path).reshape(-1, shape[1])
        pre = np.dot(rows, self.setting.inputs.T).reshape(len(_PROBES), shape[0], -1)
        if len(self.system.modes) == 1 and (pre * self.system.modes[0].T).min() >= 0.0:
            return _NOTHING
        before = 0.0
        for theta, first in zip(_PROBES, rows.reshape(len(_PROBES), *shape), strict=True):
            wrong = self._wrong_side(step, theta, first)
            if wrong:
                roots = [(self._root(step, path, gate, before, theta), gate) for gate in wrong]
                first = min(roots)[0]
                return first, [gate for root, gate in roots if root - first <= _TOGETHER], "crosses", None
            before = theta
        return _NOTHING

    def _wrong_side(self, step, theta, first):
        """Gates whose z has the other sign than their mode says at theta, beyond rounding; `first` W_1 there."""
        model, modes = self.system.model, self.system.modes
        out = against(0, modes[0], self.setting.inputs, first)
        if len(modes) > 1:
            layers, acts = model.forward((step.end if theta == 1.0 else step.at(theta))[:-1])[1]
            for k in range(1, len(modes)):
                out += against(k, modes[k], acts[k], layers[k])
        return out

    def _root(self, step, path, gate, low, high):
        """theta at which the gate's z vanishes between two probes."""
        k, unit, example = gate
        if k == 0:  # a polynomial: a combination of one row's entries
            columns = self.setting.widths[0]
            part = slice(unit * columns, (unit + 1) * columns)
            c0, c1, c2, c3, c4 = np.dot(path[:, part], self.setting.inputs[example]).tolist()

            def z(theta):
                return c0 + theta * (c1 + theta * (c2 + theta * (c3 + theta * c4)))
        else:

            def z(theta):
                return self.system.model.pre_activations(step.at(theta)[:-1])[k][example, unit]

        side, inside = int(self.system.modes[k][example, unit]), high
        # A gate that starts on its kink has no sign at the start: look for the stretch on which it obeyed its mode.
        while inside - low > 1e-12 and side * z(low) <= 0 and side * z(inside) <= 0:
            inside = low + 0.5 * (inside - low)
        if side * z(low) > 0:
            return brentq(z, low, high, xtol=1e-12) if side * z(high) < 0 else high
        return brentq(z, inside, high, xtol=1e-12) if inside < high and side * z(inside) > 0 else low

    def _leaving(self, step):
        """(theta, gates, kind, new mode) where the first sliding gate reaches an end of its range or stops
        attracting."""
        if not self.system.sliding:
            return _NOTHING
        system, found = self.system, []
        slopes, pushes = system.sliding_slopes(step.end[:-1])
        tests = (
            ("leaves", ON, slopes > 1.0, 0, 1.0),
            ("leaves", OFF, slopes < system.off, 0, system.off),
            ("not unique", ON, pushes > 0.0, 1, 0.0),
        )
        for kind, mode, beyond, part, bound in tests:
            for j in np.flatnonzero(beyond):

                def excess(theta, j=j, bound=bound, part=part):
                    return system.sliding_slopes(step.at(theta)[:-1])[part][j] - bound

                theta = root_or_end(excess)
                found.append((theta, [system.sliding[j]], kind, mode))
        if not found:
            return _NOTHING
        first, _, kind, mode = min(found, key=lambda event: event[0])
        tied = [event for event in found if event[0] - first <= _TOGETHER and event[2:] == (kind, mode)]
        return first, [gate for event in tied for gate in event[1]], kind, mode

    def _settle(self, gates, at_once=False):
        """New modes of gates that reached 0; one that no weight moves (all below it is off) decides nothing.

        `at_once`: the gate left its side in the very instant it took it, so that side's rate is 0 up to
        rounding and the step has shown its sign.
        """
        normals = self.system.model.normals(self.state[:-1], gates)
        gates = [gate for gate, normal in zip(gates, normals, strict=True) if normal.any()]
        if not gates:
            return
        if len(gates) > 1:
            self._search(gates)
            return
        w, (gate,) = self.state[:-1], gates
        on, off = self._sides(w, gate)
        if at_once:
            k, unit, example = gate
            tiny = np.finfo(float).tiny
            on, off = (min(on, -tiny), off) if self.system.modes[k][example, unit] == ON else (on, max(off, tiny))
        if on > 0 and off <= _MISS * on:
            self._search(gates)
            return
        mode = SLIDING if off > 0 > on else (ON if on + off > 0 else OFF)
        self._change(gates, [mode], "slides" if mode == SLIDING else "crosses")

    def _sides(self, w, gate):
        """(dz/ds on, off); where deeper gates slide their slopes answer to the gate, and both sides are tried out."""
        if self.system.fixed:
            return self.system.sides(w, gate)
        normal = self.system.model.normals(w, [gate])[0]
        pieces = [self._with_modes([gate], [mode]) for mode in (ON, OFF)]
        return tuple(float(normal @ piece.velocity(self.state)[:-1]) for piece in pieces)

    def _change(self, gates, modes, kind):
        """Sets modes; if a sliding gate's slope leaves its range by that, the gates concerned are settled
        together."""
        w = self.state[:-1]
        piece = self._with_modes(gates, modes)
        slopes = piece.sliding_slopes(w)[0] if piece.sliding else np.zeros(0)
        slack = _MISS * (1 - piece.off)
        forced = [g for g, s in zip(piece.sliding, slopes, strict=True) if not piece.off - slack <= s <= 1 + slack]
        if forced:
            self._search([*gates, *(g for g in forced if g not in gates)])
            return
        self._adopt(piece, kind, gates)

    def _with_modes(self, gates, modes):
        new = [mode.copy() for mode in self.system.modes]
        for (k, unit, example), mode in zip(gates, modes, strict=True):
            new[k][example, unit] = mode
        return Piece(self.setting, self.base_potential, tuple(new), self.state[:-1], self.system.frames)

    def _adopt(self, piece, kind, gates):
        self.system = piece
        self.coordinates = piece.coordinates
        self.events.append(GateEvent(self.log_time, kind, tuple(gates)))
        self._count_return(b"".join(mode.tobytes() for mode in piece.modes), gates)

    def _count_return(self, modes, gates):
        """Ends a run whose gates go round in a circle while time stands."""
        if self.log_time > self._standing:
            self._standing, self._seen = self.log_time, Counter()
        self._seen[modes] += 1
        if self._seen[modes] > _RETURNS:
            self.ended = f"the gates {list(gates)} keep changing at log10 t = {self.log_time / LOG10:.3g}"

    def _search(self, gates):
        """Tries every assignment of modes (a few gates) or repairs one gate after another (many).

        Where none is consistent because a sliding gate outside the set is forced off its kink, that gate joins the set.
        """
        if len(gates) > _ENUMERABLE:
            self._repair(gates)
            return
        tried = []
        for modes in product((ON, OFF, SLIDING), repeat=len(gates)):
            piece = self._with_modes(gates, modes)
            miss, inside, forced = self._inconsistency(piece, gates, modes)
            tried.append((miss, inside, forced, piece))
        good = [piece for miss, _, _, piece in tried if miss <= _MISS]
        if good:
            branches = self._branches(good)
            self._adopt(good[0] if branches else min(good, key=_depth), "not unique" if branches else "several", gates)
            return
        _, _, forced, _ = min(tried, key=lambda entry: (entry[1] > _MISS, entry[0]))
        if forced:
            self._search([*gates, *forced])
        else:
            self._repair(gates)

    def _inconsistency(self, piece, gates, modes):
        """(largest violation, largest among `gates`, other sliding gates that leave their range by it).

        Velocities count relative to |dz/dw| |F|, slopes as they are.
        """
        misses, outside = self._violations(piece, gates, modes)
        inside = max(misses)
        return max([inside, *outside.values()]), inside, [gate for gate, miss in outside.items() if miss > _MISS]

    def _violations(self, piece, gates, modes):
        w = self.state[:-1]
        velocity = piece.velocity(self.state)[:-1]
        size = float(np.linalg.norm(velocity)) + np.finfo(float).tiny
        normals = piece.model.normals(w, gates)
        rates = normals @ velocity / (np.linalg.norm(normals, axis=1) * size + np.finfo(float).tiny)
        misses = [-mode * rate if mode != SLIDING else 0.0 for mode, rate in zip(modes, rates, strict=True)]
        outside = {}
        if piece.sliding:
            for gate, slope in zip(piece.sliding, piece.sliding_slopes(w)[0], strict=True):
                miss = max(slope - 1.0, piece.off - slope)
                if gate in gates:
                    misses[gates.index(gate)] = miss
                else:
                    outside[gate] = miss
        return misses, outside

    def _branches(self, pieces):
        """Whether consistent pieces disagree about the velocity."""
        velocities = [piece.velocity(self.state)[:-1] for piece in pieces]
        size = max(float(np.linalg.norm(v)) for v in velocities)
        return any(float(np.linalg.norm(v - velocities[0])) > 1e-6 * size for v in velocities)

    def _repair(self, gates):
        """Changes the mode of the worst gate until none is inconsistent; gates that are forced join."""
        gates, modes = list(gates), [SLIDING] * len(gates)
        for _ in range(20 * len(gates)):
            piece = self._with_modes(gates, modes)
            misses, outside = self._violations(piece, gates, modes)
            for gate, miss in outside.items():
                if miss > _MISS:
                    gates.append(gate)
                    modes.append(SLIDING)
                    misses.append(miss)
            worst = int(np.argmax(misses))
            if misses[worst] <= _MISS:
                self._adopt(piece, "several", gates)
                return
            if modes[worst] == SLIDING:
                slope = piece.sliding_slopes(self.state[:-1])[0][piece.sliding.index(gates[worst])]
                modes[worst] = ON if slope > 1 else OFF
            else:
                modes[worst] = SLIDING
        self._adopt(piece, "unsettled", gates)
        self.ended = f"no consistent modes were found for the gates {gates}"


def sliding_flow(
    setting: FlowSetting,
    start: Sequence[np.ndarray],
    log10_t: float,
    at: Sequence[float] = (),
    rtol: float = 1e-6,
    samples: int = 200,
    max_steps: int = 20000,
    progress: Progress | None = None,
) -> Trajectory:
    """Integrates a relu or leaky-relu flow from W_1, ..., W_K (`start`) at t = 0 to the given log10 t.

    Arguments as for smooth_flow. `events` of the trajectory lists every GateEvent in order; a run with an
    event "not unique" followed one of several solutions.
    """
    if setting.network not in ("relu", "leaky-relu"):
        raise ValueError(f"sliding_flow is for relu and leaky-relu networks, not {setting.network}")
    with np.errstate(all="ignore"):
        run = SlidingRun(setting, start, rtol)
    return integrate(run, [*at, log10_t], samples, max_steps, progress)


def _depth(piece):
    """How far up gates slide: below, one slope does what several above it would."""
    return sum(k for k, _, _ in piece.sliding)
