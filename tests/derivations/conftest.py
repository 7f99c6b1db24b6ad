"""Controls: rebuild a derivation with one thing changed in one step, and see that the step is refused."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator

import pytest

from derivations.book.derivation import StepDoesNotCheck

CHECKED = ("identity", "world_identity", "ring_identity", "computation", "theorem")


def controls_of(build: Callable) -> Iterator[tuple[str, int]]:
    """(constructor, position) of every checked step of a derivation."""
    for constructor in CHECKED:
        for position in range(_count(build, constructor)):
            yield constructor, position


def _count(build: Callable, constructor: str) -> int:
    seen = _Patched(build, constructor, position=-1)
    seen.run()
    return seen.met


@pytest.fixture
def no_step_survives_a_change() -> Callable[[Callable], None]:
    """Checks a builder: each of its steps is refused when one thing in it is changed."""

    def check(build: Callable) -> None:
        for constructor, position in controls_of(build):
            refuse(build, constructor, position)

    return check


def refuse(build: Callable, constructor: str, position: int) -> None:
    """Build with the step changed; it must not check."""
    with pytest.raises(StepDoesNotCheck):
        _Patched(build, constructor, position).run()


class _Patched:
    """One run of a builder with a constructor that counts its calls and changes one of them."""

    def __init__(self, build: Callable, constructor: str, position: int):
        self.build, self.constructor, self.position, self.met = build, constructor, position, 0

    def run(self) -> None:
        function = self.build.__wrapped__  # not the kept result
        original = getattr(importlib.import_module("derivations.book.derivation"), self.constructor)
        modules = [
            m
            for name, m in list(sys.modules.items())
            if name.startswith("derivations.")
            and getattr(m, self.constructor, None) is original
            and name != "derivations.book.derivation"
        ]
        with pytest.MonkeyPatch.context() as patch:
            for module in modules:
                patch.setattr(module, self.constructor, self._wrapped(original))
            function()

    def _wrapped(self, original: Callable) -> Callable:
        def constructor(name, first, second, *rest, **keywords):
            mine = self.met == self.position
            self.met += 1
            if not mine:
                return original(name, first, second, *rest, **keywords)
            changed = CHANGES[self.constructor]
            return original(*changed(name, first, second, *rest), **(_less(keywords) if changed is _same else keywords))

        return constructor


def _less(keywords: dict) -> dict:
    """A theorem with one hypothesis not supplied."""
    return {**keywords, "given": dict(list(keywords["given"].items())[1:])}


def _same(*arguments):
    return arguments


def _one_more(name, left, right):
    return name, left, right + 1


def _other_factor(name, latex, left, right):
    """Twice the right side, and where that is zero twice the left side plus the norm of a layer."""

    def changed(t, *layers):
        value = right(t, *layers)
        if not value.is_zero():
            return 2 * value
        if value.array.shape == ():
            return value + t.rho_k(layers[0])
        value.array = value.array.copy()
        value.array.reshape(-1)[0] = t.world.ring.one
        return value

    return name, latex, left, changed


def _other_element(name, latex, left, right):
    if isinstance(right, list):
        return name, latex, left, [right[0] + right[0].ring.one, *right[1:]]
    return name, latex, left, right + right.ring.one


def _other_value(name, latex, left, right):
    return name, latex, left, (*right[:-1], right[-1] + 1) if isinstance(right, tuple) else right + 1


CHANGES = {
    "identity": _one_more,
    "world_identity": _other_factor,
    "ring_identity": _other_element,
    "computation": _other_value,
    "theorem": _same,
}
