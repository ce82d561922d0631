"""A two-way table with its margins, and the rules that say which of its cells may not be printed.

Sources: ESSnet SDC Handbook, chapters 4 and 5 (threshold rule, zero rule, feasibility interval).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

LEAST_THRESHOLD = 3
"""Below three a hidden cell could only be a one: hiding it would print it."""

Place = tuple[int, int]
"""(row, column) of a cell; the last row and the last column are the totals."""


class NotAdditive(ValueError):
    """The margins of a grid are not the sums of its cells."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Counts with their margins: `values[i][j]`, the last of each row and the last row being totals.

    `persons` has the same shape and says how many persons stand behind each count; None where they are the same.
    Raises NotAdditive where a margin is not the sum of its cells, ValueError for a negative count or a ragged shape.
    """

    values: tuple[tuple[int, ...], ...]
    persons: tuple[tuple[int, ...], ...] | None = None

    def __post_init__(self) -> None:
        width = len(self.values[0]) if self.values else 0
        if len(self.values) < 2 or width < 2 or any(len(row) != width for row in self.values):
            raise ValueError("a grid has at least one row and one column beside its totals, all of one length")
        if any(value < 0 for row in self.values for value in row):
            raise ValueError("a count is never negative")
        for row in self.values:
            if sum(row[:-1]) != row[-1]:
                raise NotAdditive(f"a row adds up to {sum(row[:-1])}, its total says {row[-1]}")
        for column in zip(*self.values, strict=True):
            if sum(column[:-1]) != column[-1]:
                raise NotAdditive(f"a column adds up to {sum(column[:-1])}, its total says {column[-1]}")
        if self.persons is not None and [len(row) for row in self.persons] != [width] * len(self.values):
            raise ValueError("persons have the shape of the counts")

    @classmethod
    def of(cls, inside: tuple[tuple[int, ...], ...]) -> "Grid":
        """Return the grid of inner cells, with the margins worked out."""
        rows = tuple((*row, sum(row)) for row in inside)
        return cls((*rows, tuple(sum(column) for column in zip(*rows, strict=True))))

    @property
    def height(self) -> int:
        """Rows, the total one among them."""
        return len(self.values)

    @property
    def width(self) -> int:
        """Columns, the total one among them."""
        return len(self.values[0])

    @property
    def corner(self) -> Place:
        """The grand total."""
        return self.height - 1, self.width - 1

    def places(self) -> Iterator[Place]:
        """Yield every cell, margins included."""
        return product(range(self.height), range(self.width))

    def at(self, place: Place) -> int:
        """Return a count."""
        return self.values[place[0]][place[1]]

    def persons_at(self, place: Place) -> int:
        """Return how many persons stand behind a count."""
        return (self.persons or self.values)[place[0]][place[1]]

    def is_margin(self, place: Place) -> bool:
        """True for a total."""
        return place[0] == self.height - 1 or place[1] == self.width - 1


@dataclass(frozen=True, slots=True)
class Box:
    """What an attacker knows of a hidden cell beforehand; `most` None is no upper bound."""

    least: int = 0
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """How wide the values of a sensitive cell must stay open: down to `least` or lower, up to `most` or higher."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """Which cells may not be printed by themselves, and what hiding them must achieve.

    `boxes` hold what somebody knows who has learnt which cells are hidden for being small (`None`: such knowledge
    adds nothing, as for deliveries, whose number the threshold does not bound).
    """

    needs: dict[Place, Need]
    boxes: dict[Place, Box] | None
    whole: bool
    """True where the whole table stays closed: its grand total is small itself."""


def sensitive_cells(grid: Grid, threshold: int) -> Sensitivity:
    """Return the primary cells of a grid under a threshold. Raises ValueError for a threshold below three.

    * Threshold rule: a count that rests on 1 to `threshold - 1` persons.
    * Zero rule: a zero in a row or column whose total is such a count, for it says what all of few persons are not.
      A row or column of zeros alone says nothing about anybody and stays.
    """
    if threshold < LEAST_THRESHOLD:
        raise ValueError(f"the threshold must be at least {LEAST_THRESHOLD}, not {threshold}")
    small = {place for place in grid.places() if 0 < grid.persons_at(place) < threshold}
    if grid.corner in small:
        return Sensitivity({place: Need(0, 0) for place in grid.places()}, None, whole=True)
    counted = grid.persons is None
    needs: dict[Place, Need] = {}
    boxes: dict[Place, Box] = {}
    for place in grid.places():
        of_few = _lies_among_few(grid, place, small)
        value = grid.at(place)
        if place in small:
            # counts of persons: nobody can even say that the cell is small; other counts: give or take the threshold
            needs[place] = (
                Need(min(1, value), threshold) if counted else Need(max(0, value - threshold), value + threshold)
            )
            boxes[place] = Box(0 if of_few else 1, threshold - 1)
        elif of_few and value == 0:
            needs[place] = Need(0, 1)
            boxes[place] = Box(0, threshold - 1)
    return Sensitivity(needs, boxes if counted else None, whole=False)


def _lies_among_few(grid: Grid, place: Place, small: set[Place]) -> bool:
    """True for an inner cell in a line with a small total, unless its other line is empty altogether."""
    if grid.is_margin(place):
        return False
    row_total, column_total = (place[0], grid.width - 1), (grid.height - 1, place[1])
    if grid.at(row_total) == 0 or grid.at(column_total) == 0:
        return False
    return row_total in small or column_total in small
