"""Whether a named witness exists and takes the arguments that a claim gives, read from its source: nothing is run."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Collection
from functools import cache
from pathlib import Path

from ..formula.errors import did_you_mean

# rooms in which the functions of each kind stand; the first with a module of the name counts
ROOMS = {"derivation": ("derivations.cases", "derivations"), "experiment": ("numerics.experiments",)}


def complaint(kind: str, name: str, arguments: Collection[str]) -> str:
    """What is wrong with a witness 'topic.function' and its arguments, or ""."""
    module, _, function = name.rpartition(".")
    room = room_of(kind, module)
    if room is None:
        known_modules = [m for r in ROOMS[kind] for m in _modules(r)]
        return f"there is no module {module!r} in {_path(ROOMS[kind][0])}/{did_you_mean(module, known_modules)}"
    file = _file(room, module)
    assert file is not None
    known = _names(file)
    if function not in known:
        functions = [n for n, found in known.items() if isinstance(found, ast.FunctionDef)]
        return f"there is no function {function!r} in {_path(room)}/{module}{did_you_mean(function, functions)}"
    found = known[function]
    return _misfit(found, arguments) if isinstance(found, ast.FunctionDef) else ""


def room_of(kind: str, module: str) -> str | None:
    """The package in which a module of named functions stands."""
    return next((room for room in ROOMS[kind] if _file(room, module) is not None), None)


def _path(room: str) -> str:
    return room.replace(".", "/")


def _misfit(function: ast.FunctionDef, given: Collection[str]) -> str:
    """Arguments that a function lacks, and those that it does not know."""
    a = function.args
    named = [p.arg for p in (*a.posonlyargs, *a.args)]
    needed = named[: len(named) - len(a.defaults)]
    needed += [p.arg for p, default in zip(a.kwonlyargs, a.kw_defaults, strict=True) if default is None]
    taken = [*named, *(p.arg for p in a.kwonlyargs)]
    strange = [] if a.kwarg else [name for name in given if name not in taken]
    if strange:
        return f"{function.name} takes {', '.join(taken) or 'no arguments'}, not {', '.join(strange)}"
    missing = [name for name in needed if name not in given]
    return f"{function.name} needs {', '.join(missing)} in 'with'" if missing else ""


@cache
def _folder(room: str) -> Path:
    """Where a package stands; only its top is looked up, for a lookup imports what stands above it."""
    top, *inner = room.split(".")
    spec = importlib.util.find_spec(top)
    return Path(spec.origin if spec and spec.origin else top).parent.joinpath(*inner)


def _modules(floor: str) -> list[str]:
    return sorted(".".join(p.relative_to(_folder(floor)).with_suffix("").parts) for p in _folder(floor).rglob("*.py"))


def _file(floor: str, module: str) -> Path | None:
    place = _folder(floor).joinpath(*module.split("."))
    return next((p for p in (place.with_suffix(".py"), place / "__init__.py") if p.is_file()), None)


@cache
def _names(file: Path) -> dict[str, ast.stmt]:
    """What a module defines or imports at its top."""
    found: dict[str, ast.stmt] = {}
    for node in ast.parse(file.read_bytes()).body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                found[name] = node
            case ast.ImportFrom(names=names) | ast.Import(names=names):
                found |= {alias.asname or alias.name: node for alias in names}
            case ast.Assign(targets=targets):
                found |= {t.id: node for t in targets if isinstance(t, ast.Name)}
    return found
