"""Formulas in one network, as the checker reads them."""

from types import SimpleNamespace

import pytest

from verify.checker.algebra import Graph
from verify.checker.networks import Network
from verify.checker.terms import Reader
from verify.claim import Hypothesis, Setting, Statement
from verify.formula import parse
from verify.formula.shapes import Range

RELU = Setting("relu", "relu", ((4, 3, 2, 1),), 5, "exponential")


def _setting(**changes):
    return Setting(**{**vars(RELU), **changes})


def _ranges(table):
    ends = {name: text.split("..") for name, text in table.items()}
    return tuple(Range(i, parse(low, list(table)), parse(high, list(table))) for i, (low, high) in ends.items())


def _statement(text, setting, at="any", **table):
    return Statement(text, parse(text, list(table)), (setting,), _ranges(table), at)


@pytest.fixture(scope="session")
def setting():
    return _setting


@pytest.fixture(scope="session")
def statement():
    return _statement


@pytest.fixture(scope="session")
def hypothesis_of():
    return lambda text, **table: Hypothesis(text, parse(text, list(table)), _ranges(table))


@pytest.fixture
def reading():
    """A reader of terms in the network of a setting."""

    def make(setting, classes=()):
        graph = Graph()
        network = Network(graph, setting, setting.widths[0], setting.examples, graph.num(setting.examples), classes)
        reader = Reader(network, setting.sizes(setting.widths[0]))
        return SimpleNamespace(graph=graph, network=network, reader=reader)

    return make
