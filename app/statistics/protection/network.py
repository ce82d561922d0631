"""Exact bounds of hidden cells: a two-way table with margins is a circulation in a network.

Row and column are nodes, each cell is an arc between its row and its column, and "the cells of a line add up to its
total" says that what flows into a node flows out of it. A hidden cell can grow by as much as can flow back from the
head of its arc to its tail through other hidden cells. Capacities are whole numbers, so the largest flows are too:
the bounds are the exact ones of whole, non-negative tables, with no rounding anywhere.

Tables of three or more ways are no network: they need a linear program in place of this module.
"""

import heapq
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from itertools import product

from app.statistics.protection.grid import Box, Grid, Place

BOUNDLESS = 1 << 40
"""More than any count; flows of this size mean that there is no upper bound."""

Cost = Callable[[Place], int]


class Network:
    """The freedom that is left in a grid when some cells are hidden and all others are printed.

    `boxes` narrow what an attacker holds possible of single cells; without them every cell is any number from zero.
    """

    def __init__(self, grid: Grid, hidden: Collection[Place], boxes: Mapping[Place, Box] | None = None) -> None:
        self._grid = grid
        self._hidden = set(hidden)
        self._boxes = boxes or {}
        self._lines = _lines(grid.height, grid.width)

    def up(self, place: Place, want: int = BOUNDLESS) -> int:
        """Return by how much the cell can be larger, `want` at most."""
        return self._flow(place, 1, want, None)[0]

    def down(self, place: Place, want: int = BOUNDLESS) -> int:
        """Return by how much the cell can be smaller, `want` at most."""
        return self._flow(place, -1, want, None)[0]

    def bounds(self, place: Place) -> tuple[int, int | None]:
        """Return the least and the largest number the cell can be; None is no upper bound."""
        value = self._grid.at(place)
        if place not in self._hidden:
            return value, value
        up = self.up(place)
        return value - self.down(place), None if up >= BOUNDLESS else value + up

    def open(self, place: Place, direction: int, want: int, cost: Cost) -> tuple[int, set[Place], int]:
        """Return how far the cell can move, the printed cells that must be hidden for it, and what they cost.

        Each step takes the cheapest way; a cell once taken costs nothing more. The grid itself is not changed.
        """
        reached, taken = self._flow(place, direction, want, cost)
        return reached, taken, sum(cost(cell) for cell in taken)

    def _flow(self, place: Place, direction: int, want: int, cost: Cost | None) -> tuple[int, set[Place]]:
        room = self._room(place, direction)
        want = min(want, room)
        tail, head = self._arc(place)
        start, goal = (head, tail) if direction > 0 else (tail, head)
        moved: dict[Place, int] = {}
        taken: set[Place] = set()
        reached = 0
        while reached < want:
            steps = self._way(start, goal, place, moved, taken, cost)
            if steps is None:
                break
            amount = min(want - reached, *(self._left(cell, sign, moved) for cell, sign in steps))
            for cell, sign in steps:
                moved[cell] = moved.get(cell, 0) + sign * amount
                if cell not in self._hidden:
                    taken.add(cell)
            reached += amount
        return reached, taken

    def _arc(self, place: Place) -> tuple[int, int]:
        """Return tail and head of a cell's arc: rows give to inner cells, totals give back to rows."""
        row, column = place[0], self._grid.height + place[1]
        return (row, column) if _gives_from_row(self._grid.height, self._grid.width, place) else (column, row)

    def _box(self, cell: Place) -> Box:
        return self._boxes.get(cell) or Box()

    def _room(self, cell: Place, sign: int) -> int:
        """Return how far the cell's own box lets it move."""
        box, value = self._box(cell), self._grid.at(cell)
        if sign < 0:
            return value - box.least
        return BOUNDLESS if box.most is None else box.most - value

    def _left(self, cell: Place, sign: int, moved: Mapping[Place, int]) -> int:
        return self._room(cell, sign) - sign * moved.get(cell, 0)

    def _way(
        self, start: int, goal: int, without: Place, moved: Mapping[Place, int], taken: set[Place], cost: Cost | None
    ) -> list[tuple[Place, int]] | None:
        """Return the cheapest way through hidden cells (and printed ones where they have a cost), None if none."""
        lines, hidden = self._lines, self._hidden
        paid = [BOUNDLESS] * len(lines)
        paid[start] = 0
        came: dict[int, tuple[int, Place, int]] = {}
        waiting = [(0, start)]
        while waiting:
            so_far, node = heapq.heappop(waiting)
            if node == goal:
                return _steps(came, start, goal)
            if so_far > paid[node]:
                continue
            for cell, other, sign in lines[node]:
                if cell in hidden or cell in taken:
                    price = so_far
                elif cost is None:
                    continue
                else:
                    price = so_far + cost(cell)
                if price < paid[other] and cell != without and self._left(cell, sign, moved) > 0:
                    paid[other] = price
                    came[other] = (node, cell, sign)
                    heapq.heappush(waiting, (price, other))
        return None


@lru_cache(maxsize=64)
def _lines(height: int, width: int) -> tuple[tuple[tuple[Place, int, int], ...], ...]:
    """Return for every row and column its cells, each with the node at its other end and what a step there does to it.

    1: the cell grows, -1: it shrinks. Rows give to inner cells and columns take from them; with totals it is reversed.
    """
    found: list[list[tuple[Place, int, int]]] = [[] for _ in range(height + width)]
    for place in product(range(height), range(width)):
        row, column = place[0], height + place[1]
        from_row = 1 if _gives_from_row(height, width, place) else -1
        found[row].append((place, column, from_row))
        found[column].append((place, row, -from_row))
    return tuple(tuple(line) for line in found)


def _gives_from_row(height: int, width: int, place: Place) -> bool:
    return (place[0] < height - 1) == (place[1] < width - 1)


def _steps(came: Mapping[int, tuple[int, Place, int]], start: int, goal: int) -> list[tuple[Place, int]]:
    steps = []
    node = goal
    while node != start:
        node, cell, sign = came[node]
        steps.append((cell, sign))
    return steps
