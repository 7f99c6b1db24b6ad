"""Rules of the house that a program can check: imports, sizes, names, and that nothing gets lost."""

import ast
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

import verify
from derivations.book import topics
from derivations.book.library import builders
from verify.auditor.measured import find
from verify.claim import TOPICS
from verify.claimfile import read
from verify.listing import paper_folders

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted(p for name in ("verify", "derivations", "numerics") for p in (ROOT / name).rglob("*.py"))
BUILTINS = {"eval", "exec", "compile", "__import__"}
OF_SYMPY = {"sympify", "parse_expr", "lambdify"}
FORBIDDEN_MODULES = {"pickle", "marshal", "shelve", "dill", "cloudpickle"}
GUARDED = {("derivations/book/derivation.py", "sympify")}  # refuses text before it calls it
LIMIT = 500  # lines


def name(path):
    return path.relative_to(ROOT).as_posix()


every_module = pytest.mark.parametrize("path", MODULES, ids=name)


def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def claims():
    return read(paper_folders()).claims


def test_this_is_the_project_that_is_tested():
    assert Path(verify.__file__).resolve().parent == ROOT / "verify"
    assert MODULES


def test_the_import_contracts_are_kept():
    tool = Path(sys.executable).with_name("lint-imports")
    if not tool.exists():
        pytest.skip("import-linter is not installed: pip install '.[dev]'")
    found = subprocess.run([tool, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout + found.stderr


@every_module
def test_every_module_says_what_it_is(path):
    assert ast.get_docstring(tree(path))


@every_module
def test_no_module_is_long(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LIMIT


def forbidden(module):
    """Calls that run text as code and imports that run data as code, as (line, name)."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            owner = getattr(getattr(node.func, "value", None), "id", "")
            if called in OF_SYMPY or (called in BUILTINS and (isinstance(node.func, ast.Name) or owner == "builtins")):
                yield node.lineno, called
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = [a.name for a in node.names] + [getattr(node, "module", None) or ""]
            yield from ((node.lineno, n) for n in names if n.split(".")[0] in FORBIDDEN_MODULES)


@every_module
def test_no_text_is_run_as_code(path):
    assert not [found for found in forbidden(tree(path)) if (name(path), found[1]) not in GUARDED]


@pytest.mark.parametrize(
    "text", ["eval('1')", "sympy.sympify(t)", "import pickle", "from pickle import loads", "builtins.exec(t)"]
)
def test_the_scan_sees_what_it_looks_for(text):
    assert list(forbidden(ast.parse(text)))
    assert not list(forbidden(ast.parse("re.compile('a')")))


def test_every_topic_is_one_of_the_fifteen():
    assert len(TOPICS) == len(set(TOPICS)) == 15
    wrong = {c.id: c.topic for c in claims() if c.topic not in TOPICS}
    assert not wrong


def test_both_floors_have_the_same_topics():
    assert set(topics.TOPICS) == set(TOPICS)


@pytest.mark.parametrize("topic", topics.MODULES)
def test_every_topic_has_derivations_for_people(topic):
    assert builders(topic)


def test_every_id_is_unique():
    ids = [c.id for c in claims()]
    assert ids and len(ids) == len(set(ids))


def test_every_claim_that_is_wrong_as_printed_says_why():
    silent = [c.id for c in claims() if c.corrected is not None and not (c.defect or c.assuming)]
    assert not silent


def test_every_named_witness_exists():
    named = [c for c in claims() if c.witness is not None]
    missing = [f"{c.id}: {c.witness.name}" for c in named if find(c.witness) is None]
    assert not missing


def test_no_cuda_packages_where_there_is_no_gpu():
    if Path("/dev/nvidiactl").exists():
        pytest.skip("there is a GPU here")
    installed = {d.metadata["Name"] or "" for d in metadata.distributions()}
    cuda = sorted(n for n in installed if n.startswith("nvidia-"))
    assert not cuda, "constraints.txt chooses a build of torch without them"
