"""The attacker's check: everything that would be printed is turned against every hidden cell before it goes out."""

from app.statistics.protection.grid import Grid, Place, sensitive_cells
from app.statistics.protection.network import Network
from app.statistics.protection.suppression import Pattern, is_safe, known_to_insider, says_no_reasons


class ReleaseRefused(Exception):
    """The printed numbers would give away the cells in `places`; nothing of the table may go out."""

    def __init__(self, places: tuple[Place, ...]) -> None:
        super().__init__(f"the numbers printed would give away {len(places)} cells: {list(places)}")
        self.places = places


def check_release(grid: Grid, pattern: Pattern, threshold: int) -> None:
    """Refuse a pattern under which a sensitive cell is printed, or can be narrowed further than its rule allows.

    For each hidden cell the least and the largest number are worked out that agree with every printed cell and
    total, in whole numbers from zero; then again for somebody who knows which cells are hidden for being small, unless
    at most the grand total is printed. Raises ReleaseRefused. Where not one number is printed there is nothing to
    work with.
    """
    if pattern.hidden == frozenset(grid.places()):
        return
    found = sensitive_cells(grid, threshold)
    if found.whole:
        raise ReleaseRefused(tuple(sorted(set(grid.places()) - pattern.hidden)))
    printed = tuple(sorted(found.needs.keys() - pattern.hidden))
    if printed:
        raise ReleaseRefused(printed)
    hidden = set(pattern.hidden)
    known = known_to_insider(grid, found, threshold)
    if is_safe(grid, hidden, found, known):
        return
    outsider, insider = Network(grid, hidden), Network(grid, hidden, known)
    told = known is not None and not says_no_reasons(grid, hidden)
    bad = []
    for place, need in found.needs.items():
        least, most = outsider.bounds(place)
        fixed = told and insider.up(place, 1) + insider.down(place, 1) == 0
        if fixed or least > need.least or (most is not None and most < need.most):
            bad.append(place)
    raise ReleaseRefused(tuple(sorted(bad)))
