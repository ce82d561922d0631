"""Choosing the cells to hide: the small ones, and as few others as keep the small ones from being worked out.

Secondary cells are found by the cheapest ways through the network of the table (an incremental heuristic for a
problem that is NP-hard to solve at its best), then every one that turns out to be needless is printed again. What
counts is proved afterwards, for whatever was chosen: `app.statistics.protection.attack`.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from app.statistics.protection.grid import Box, Grid, Place, Sensitivity, sensitive_cells
from app.statistics.protection.network import Network

_INNER, _ROW_TOTAL, _COLUMN_TOTAL, _GRAND_TOTAL = 10, 80, 600, 100_000
"""What hiding costs: totals say most to most readers, and the grand total is asked for by everybody."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """Which cells of a grid stay hidden, and what can be worked out of each: least and largest number (None: open).

    Which of them are small and which only keep the small ones safe is not said to anybody: it would narrow them.
    """

    hidden: frozenset[Place]
    bounds: Mapping[Place, tuple[int, int | None]]


OPEN = Pattern(frozenset(), {})
"""Nothing hidden: for those inside who may see every number."""


@lru_cache(maxsize=512)
def suppress(grid: Grid, threshold: int) -> Pattern:
    """Return the cells to hide under a threshold, with the bounds that the printed rest leaves to each."""
    found = sensitive_cells(grid, threshold)
    everything = frozenset(grid.places())
    hidden = everything if found.whole else _with_secondary(grid, found, threshold)
    network = Network(grid, hidden)
    return Pattern(hidden, {place: network.bounds(place) for place in sorted(hidden)})


def _with_secondary(grid: Grid, found: Sensitivity, threshold: int) -> frozenset[Place]:
    hidden = set(found.needs)
    known = known_to_insider(grid, found, threshold)
    cost = _cost_in(grid)
    for place in sorted(found.needs, key=lambda cell: (-grid.at(cell), cell)):
        need, value = found.needs[place], grid.at(place)
        for direction, want in ((1, need.most - value), (-1, value - need.least)):
            _, taken, _ = Network(grid, hidden).open(place, direction, want, cost)
            hidden |= taken
        if known is not None and not _two_values(Network(grid, hidden, known), place):
            ways = [Network(grid, hidden, known).open(place, direction, 1, cost) for direction in (1, -1)]
            possible = [way for way in ways if way[0] == 1 and way[2] < _GRAND_TOTAL]
            if not possible:
                # only the grand total is printed, and the pattern says nothing of why a cell is hidden
                hidden = set(grid.places()) - {grid.corner}
                break
            hidden |= min(possible, key=lambda way: way[2])[1]
    return _without_needless(grid, hidden, found, known, cost)


def _without_needless(
    grid: Grid,
    hidden: set[Place],
    found: Sensitivity,
    known: Mapping[Place, Box] | None,
    cost: Callable[[Place], int],
) -> frozenset[Place]:
    """Print again what the sensitive cells do not need, the dearest first."""
    for place in sorted(hidden - found.needs.keys(), key=lambda cell: (-cost(cell), cell)):
        if is_safe(grid, hidden - {place}, found, known):
            hidden.discard(place)
    return frozenset(hidden)


def is_safe(grid: Grid, hidden: set[Place], found: Sensitivity, known: Mapping[Place, Box] | None) -> bool:
    """True where no sensitive cell can be narrowed more than its need, by anybody."""
    outsider, insider = Network(grid, hidden), Network(grid, hidden, known)
    told = known is not None and not says_no_reasons(grid, hidden)
    for place, need in found.needs.items():
        value = grid.at(place)
        if outsider.up(place, need.most - value) < need.most - value:
            return False
        if outsider.down(place, value - need.least) < value - need.least:
            return False
        if told and not _two_values(insider, place):
            return False
    return True


def says_no_reasons(grid: Grid, hidden: Collection[Place]) -> bool:
    """True where at most the grand total is printed: then nobody can tell from what is hidden why it is."""
    return all(place in hidden or place == grid.corner for place in grid.places())


def known_to_insider(grid: Grid, found: Sensitivity, threshold: int) -> Mapping[Place, Box] | None:
    """Return what somebody holds possible who knows why each cell is hidden, None where that says nothing.

    A cell hidden for being small is below the threshold; a cell hidden only to keep others safe is not, and if it is
    zero, he is taken to know even that: with less to go on he would know less.
    """
    if found.boxes is None:
        return None
    others = {place: Box(threshold) if grid.at(place) else Box(0, 0) for place in grid.places()}
    return {**others, **found.boxes}


def _two_values(network: Network, place: Place) -> bool:
    return network.up(place, 1) + network.down(place, 1) > 0


def _cost_in(grid: Grid) -> Callable[[Place], int]:
    @cache
    def cost(place: Place) -> int:
        last_row, last_column = place[0] == grid.height - 1, place[1] == grid.width - 1
        value = grid.at(place)
        # a zero protects badly and says much; of two counts the larger one says more
        size = 30 if value == 0 else min(value, 100) // 5
        if last_row and last_column:
            return _GRAND_TOTAL
        if last_row or last_column:
            return (_COLUMN_TOTAL if last_row else _ROW_TOTAL) + size
        return _INNER + size

    return cost
