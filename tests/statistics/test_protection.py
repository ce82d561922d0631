"""Disclosure control against an attacker of its own: every table that agrees with what is printed is tried."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.statistics.protection.attack import ReleaseRefused, check_release
from app.statistics.protection.grid import Grid, NotAdditive, Place, sensitive_cells
from app.statistics.protection.network import Network
from app.statistics.protection.suppression import Pattern, suppress

THRESHOLDS = st.integers(3, 5)


@st.composite
def inner_cells(draw: st.DrawFn, most_rows: int = 4, most_columns: int = 4, largest: int = 12) -> Grid:
    """Small tables with many small cells and zeros, as those of a small country are."""
    height, width = draw(st.integers(1, most_rows)), draw(st.integers(1, most_columns))
    cell = st.one_of(st.just(0), st.integers(0, 4), st.integers(0, largest))
    rows = draw(st.lists(st.tuples(*[cell] * width), min_size=height, max_size=height))
    return Grid.of(tuple(rows))


@st.composite
def searchable(draw: st.DrawFn) -> Grid:
    """Tables small enough to try everything."""
    return draw(st.one_of(inner_cells(2, 2, 6), inner_cells(1, 4, 6)))


def agreeing(grid: Grid, hidden: frozenset[Place], most: int | None = None) -> list[Grid]:
    """Return the tables of whole numbers that have the printed numbers: plain search, no network.

    Where `most` is not given, no cell is tried beyond the largest line: what one cell loses, one of its line can take.
    """
    width = grid.width - 1
    if most is None:
        most = max(6, *(grid.at(p) + 1 for p in grid.places() if p != (grid.height - 1, width)))
    found = []

    def fill(rows: list[tuple[int, ...]]) -> None:
        i = len(rows)
        if i == grid.height - 1:
            made = Grid.of(tuple(rows))
            if all(made.at(place) == grid.at(place) for place in grid.places() if place not in hidden):
                found.append(made)
            return
        choices = [range(most + 1) if (i, j) in hidden else (grid.values[i][j],) for j in range(width)]
        for row in product(*choices):
            if (i, width) in hidden or sum(row) == grid.values[i][width]:
                fill([*rows, row])

    fill([])
    return found


@settings(max_examples=120, deadline=None)
@given(inner_cells(), THRESHOLDS)
def test_what_is_printed_is_true_and_never_small(grid: Grid, threshold: int) -> None:
    pattern = suppress(grid, threshold)
    check_release(grid, pattern, threshold)
    for place in grid.places():
        if place not in pattern.hidden:
            assert not 0 < grid.at(place) < threshold
        else:
            least, most = pattern.bounds[place]
            assert least <= grid.at(place) and (most is None or grid.at(place) <= most)
    if not sensitive_cells(grid, threshold).needs:
        assert pattern.hidden == frozenset()


@settings(max_examples=80, deadline=None)
@given(searchable(), THRESHOLDS)
def test_no_hidden_small_cell_can_be_worked_out(grid: Grid, threshold: int) -> None:
    pattern = suppress(grid, threshold)
    possible = agreeing(grid, pattern.hidden)
    assert grid in possible
    for place in pattern.hidden:
        if 0 < grid.at(place) < threshold:
            values = {made.at(place) for made in possible}
            assert len(values) >= 2, f"{place} of {grid.values} can only be {values}"
            # not even that it is small can be proved
            assert min(values) <= 1
            assert max(values) >= threshold


@settings(max_examples=80, deadline=None)
@given(searchable(), THRESHOLDS)
def test_not_even_by_somebody_who_knows_which_cells_are_small(grid: Grid, threshold: int) -> None:
    pattern = suppress(grid, threshold)
    if pattern.hidden >= set(grid.places()) - {grid.corner}:
        # nothing but the grand total is printed: why a cell is hidden cannot be told
        return
    known = sensitive_cells(grid, threshold).boxes or {}
    others = pattern.hidden - known.keys()
    told = [
        made
        for made in agreeing(grid, pattern.hidden)
        if all(box.least <= made.at(place) <= (box.most or 0) for place, box in known.items())
        and not any(0 < made.at(place) < threshold for place in others)
    ]
    assert grid in told
    for place in known:
        if grid.at(place):
            assert len({made.at(place) for made in told}) >= 2


@settings(max_examples=100, deadline=None)
@given(inner_cells(2, 2, 4), st.data())
def test_the_bounds_are_those_of_a_search(grid: Grid, data: st.DataObject) -> None:
    places = sorted(grid.places())
    hidden = frozenset(data.draw(st.sets(st.sampled_from(places))))
    hidden -= {grid.corner}
    possible = agreeing(grid, hidden, grid.at(grid.corner))
    network = Network(grid, hidden)
    for place in places:
        values = {made.at(place) for made in possible}
        assert network.bounds(place) == (min(values), max(values))


def test_without_a_printed_total_there_is_no_upper_end() -> None:
    grid = Grid.of(((2, 1), (0, 6)))
    network = Network(grid, frozenset(grid.places()))
    assert network.bounds((0, 0)) == (0, None)
    assert network.bounds((2, 2)) == (0, None)


def test_two_cells_just_under_the_threshold_are_not_given_away_by_their_sum() -> None:
    # 4 + 4 = 8: who knows that both are under 5 would know both
    grid = Grid.of(((4, 4, 0, 30),))
    hidden = suppress(grid, 5).hidden
    assert {(0, 0), (0, 1)} < hidden
    with pytest.raises(ReleaseRefused) as refused:
        check_release(grid, Pattern(frozenset({(0, 0), (0, 1), (1, 0), (1, 1)}), {}), 5)
    assert (0, 0) in refused.value.places


def test_a_lone_small_cell_takes_a_partner_and_the_total_stays() -> None:
    # women, men, girls, boys, unknown
    pattern = suppress(Grid.of(((28, 3, 41, 17, 0),)), 5)
    # the cheapest partner is the smallest count that is large enough; the lower line is the same table's totals
    assert {place for place in pattern.hidden if place[0] == 1} == {(1, 1), (1, 3)}
    assert pattern.bounds[1, 1] == (0, 20)


def test_a_table_of_few_persons_is_not_printed_at_all() -> None:
    grid = Grid.of(((1, 0), (0, 2)))
    pattern = suppress(grid, 5)
    assert pattern.hidden == frozenset(grid.places())
    assert set(pattern.bounds.values()) == {(0, None)}
    with pytest.raises(ReleaseRefused):
        check_release(grid, Pattern(frozenset({(2, 2)}), {}), 5)


def test_the_grand_total_is_printed_where_it_is_not_small_itself() -> None:
    # 5 + 1: who knew that only the second is small would know both, so neither line nor column is printed
    grid = Grid.of(((5, 0, 1, 0, 0), (0, 0, 0, 0, 0)))
    pattern = suppress(grid, 5)
    assert set(grid.places()) - pattern.hidden == {grid.corner}
    assert pattern.bounds[0, 2] == (0, 6)
    check_release(grid, pattern, 5)


@settings(max_examples=120, deadline=None)
@given(inner_cells(), THRESHOLDS)
def test_no_grand_total_is_given_up_for_the_cells(grid: Grid, threshold: int) -> None:
    pattern = suppress(grid, threshold)
    assert (grid.corner in pattern.hidden) == (0 < grid.at(grid.corner) < threshold)


def test_a_zero_says_nothing_where_nobody_is_and_too_much_among_few() -> None:
    grid = Grid.of(((0, 0, 0), (0, 1, 1), (9, 20, 30)))
    hidden = suppress(grid, 5).hidden
    assert not {(0, 0), (0, 1), (0, 2), (0, 3)} & hidden
    assert (1, 0) in hidden


@pytest.mark.parametrize(
    "hidden",
    [
        frozenset({(0, 0)}),
        frozenset({(0, 0), (0, 1)}),
        frozenset({(0, 0), (0, 1), (1, 0), (2, 0)}),
    ],
)
def test_a_release_that_can_be_subtracted_is_refused(hidden: frozenset[Place]) -> None:
    grid = Grid.of(((2, 9), (8, 7)))
    with pytest.raises(ReleaseRefused) as refused:
        check_release(grid, Pattern(hidden, {}), 5)
    assert refused.value.places == ((0, 0),)


def test_a_release_that_prints_a_small_cell_is_refused() -> None:
    with pytest.raises(ReleaseRefused):
        check_release(Grid.of(((2, 9), (8, 7))), Pattern(frozenset(), {}), 5)


def test_counts_that_rest_on_few_persons_are_hidden_however_large() -> None:
    # 40 deliveries to one person in the first month
    inside = Grid.of(((40, 55, 60), (70, 80, 90)))
    persons = ((1, 6, 7, 9), (8, 9, 9, 12), (9, 9, 9, 14))
    grid = Grid(inside.values, persons)
    pattern = suppress(grid, 5)
    check_release(grid, pattern, 5)
    assert (0, 0) in pattern.hidden
    least, most = pattern.bounds[0, 0]
    assert least <= 35 and (most is None or most >= 45)
    assert (2, 3) not in pattern.hidden


@settings(max_examples=60, deadline=None)
@given(inner_cells(3, 4, 20), st.data())
def test_deliveries_to_few_persons_stay_open_by_the_threshold(inside: Grid, data: st.DataObject) -> None:
    def behind(value: int) -> int:
        return 0 if value == 0 else data.draw(st.integers(1, value))

    persons = tuple(tuple(behind(value) for value in row) for row in inside.values)
    grid = Grid(inside.values, persons)
    pattern = suppress(grid, 5)
    check_release(grid, pattern, 5)
    if pattern.hidden == frozenset(grid.places()):
        return
    for place in grid.places():
        if 0 < grid.persons_at(place) < 5:
            least, most = pattern.bounds[place]
            assert least <= max(0, grid.at(place) - 5)
            assert most is None or most >= grid.at(place) + 5


def test_a_grid_whose_margins_do_not_add_up_is_refused() -> None:
    with pytest.raises(NotAdditive):
        Grid(((1, 2, 4), (1, 2, 3)))
    with pytest.raises(NotAdditive):
        Grid(((1, 2, 3), (1, 3, 4)))
    with pytest.raises(ValueError, match="never negative"):
        Grid(((-1, 2, 1), (-1, 2, 1)))
    with pytest.raises(ValueError, match="one length"):
        Grid(((1, 1), (1,)))


def test_a_threshold_that_protects_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 3"):
        suppress(Grid.of(((1, 9),)), 2)
