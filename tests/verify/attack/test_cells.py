"""The covering: every pair of values that can meet does, and what was left out is named."""

import itertools

import pytest

from verify.attack.cells import covering, general_grid, own_grid, pairs, unreached


@pytest.fixture
def grid(setting):
    return general_grid(setting(), 2, every_depth=True)


def test_every_pair_of_values_occurs(grid):
    choices = [choice for _, choice in covering(grid)]
    met = {pair for c in choices for pair in itertools.permutations(c.items(), 2)}
    assert set(pairs(grid)) <= met
    assert unreached(grid, choices) == []


def test_it_has_few_cells_of_the_sizes_that_are_asked_for(grid):
    cells = [cell for cell, _ in covering(grid)]
    assert len(cells) < 100
    assert {cell.examples for cell in cells} == {1, 2, 3, 5}
    assert {len(cell.widths) - 1 for cell in cells} == {1, 2, 3, 4, 5}
    assert any(set(cell.widths) == {1} for cell in cells)
    assert {power for cell in cells for power in [cell.scale[1]]} == {0, 60, -60}


def test_equal_inputs_stand_at_widths_of_one_alone_and_units_off_behind_a_layer(grid):
    for cell, _ in covering(grid):
        assert cell.tie != "equal inputs" or (cell.widths[0] == 1 and cell.examples > 1)
        assert "off" not in cell.tie or len(cell.widths) > 2


def test_a_pair_that_no_choice_has_is_named(grid):
    choices = [c for _, c in covering(grid) if not (c["layers"] == 5 and c["examples"] == 5)]
    assert any(told.startswith("layers 5 with") and "examples 5" in told for told in unreached(grid, choices))
    assert "layers 5" in unreached(grid, [c for c in choices if c["layers"] != 5])


def test_own_sizes_are_kept(setting):
    where = setting()
    assert {(cell.widths, cell.examples) for cell, _ in covering(own_grid(where, 0))} == {(where.widths[0], 5)}
