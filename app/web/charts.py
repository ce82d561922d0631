"""Bar charts as SVG, made on the server. A chart is always followed by its table, with the same numbers.

Values and names stand on the marks: no legend, no grid, one axis line, bars from zero. Colours, dashes and sizes of
letters come from `besa.css` through classes, never from a style attribute (strict CSP). A hidden cell is hatched and
always of the same height, so that it says nothing about its number. One unit of the drawing is about one pixel on a
phone; letters are reckoned at 17 units.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import pairwise

from markupsafe import Markup

from app.texts import text
from app.web.dates import number


class Hidden(Enum):
    """Marks a cell that disclosure control keeps back."""

    HIDDEN = auto()


HIDDEN = Hidden.HIDDEN

# A count, a hidden cell, or nothing known for this place
Cell = int | float | Hidden | None

MOST_SERIES = 4

_HIDDEN_HEIGHT = 27.0
_LETTER = 8.6
_LINE = 20.0
_TOP = 26.0
_BOTTOM = 26.0
_GAP = 4.0
_BAR = 16.0
_ROW = 52.0
_ROOM_FOR_NUMBER = 60


@dataclass(frozen=True, slots=True)
class Series:
    """One row of a figure: its name, short enough to stand beside a mark, and a cell for every category."""

    name: str
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class _Frame:
    """The ground of a drawing: everything in its units; `scale` is units of height for one counted thing."""

    width: float
    height: float
    right: float
    scale: float

    @property
    def base(self) -> float:
        return self.height - _BOTTOM

    @property
    def plot(self) -> float:
        return self.width - self.right


def bars(
    name: str, title: str, categories: Sequence[str], cells: Sequence[Cell], lang: str, *, top: float | None = None
) -> Markup:
    """Draw one series, the last category strong and the earlier ones quiet: a piece of small multiples.

    `name` is unique on the page (it prefixes ids); `title` says what is seen. `top`: the largest number of all charts
    that are compared, so that they share one scale. Raises ValueError if cells and categories differ in number.
    """
    _check(categories, [Series(title, cells)])
    frame = _frame(200, 168, 0, top if top is not None else _largest(cells))
    slot = frame.plot / len(cells)
    parts = []
    for index, cell in enumerate(cells):
        look = "is-1" if index == len(cells) - 1 else "is-quiet"
        parts += _bar(name, frame, index * slot + _GAP, slot - 2 * _GAP, cell, look, lang)
    said = "; ".join(_said(category, cell, lang) for category, cell in zip(categories, cells, strict=True))
    return _svg(name, title, said, frame, [*parts, *_names_below(frame, categories)], wide=False)


def grouped(name: str, title: str, categories: Sequence[str], series: Sequence[Series], lang: str) -> Markup:
    """Draw up to four series side by side in every category, their names beside the last group.

    Raises ValueError for more than four series or for a series with another number of cells.
    """
    _check(categories, series)
    frame = _frame(400, 260, _room_for_names(series), max(_largest(row.cells) for row in series))
    slot = frame.plot / len(categories)
    width = (slot - 3 * _GAP) / len(series)
    parts = []
    for index in range(len(categories)):
        for place, row in enumerate(series):
            x = index * slot + _GAP + place * width
            parts += _bar(name, frame, x, width - 2, row.cells[index], f"is-{place + 1}", lang)
    ends = [frame.base - _height(row.cells[-1], frame) for row in series]
    tips = [(len(categories) - 1) * slot + _GAP + (place + 1) * width - 2 for place in range(len(series))]
    parts += _names_beside(frame, series, ends, tips)
    return _svg(
        name, title, _said_all(categories, series, lang), frame, [*parts, *_names_below(frame, categories)], wide=True
    )


def stacked(name: str, title: str, categories: Sequence[str], series: Sequence[Series], lang: str) -> Markup:
    """Draw up to four series on top of each other, the first at the foot, their names beside the last bar.

    A number stands on its mark where there is room for it; the table has all. Hidden cells lie hatched in their place.
    Raises ValueError for more than four series or for a series with another number of cells.
    """
    _check(categories, series)
    columns = [[row.cells[index] for row in series] for index in range(len(categories))]
    hidden = max(sum(1 for cell in column if cell is HIDDEN) for column in columns)
    frame = _frame(
        400, 260, _room_for_names(series), max(_sum(column) for column in columns), spare=hidden * _HIDDEN_HEIGHT
    )
    slot = frame.plot / len(categories)
    parts = []
    middles: list[float] = []
    for index, column in enumerate(columns):
        foot = frame.base
        middles = []
        for place, cell in enumerate(column):
            height = _height(cell, frame)
            foot -= height
            middles.append(foot + height / 2)
            parts += _segment(name, index * slot + _GAP, foot, slot - 2 * _GAP, height, cell, place, lang)
        if HIDDEN not in column and column[-1] is not None:
            parts.append(_text(index * slot + slot / 2, foot - 6, number(_sum(column), lang), "is-value"))
    tips = [frame.plot - _GAP] * len(series)
    parts += _names_beside(frame, series, middles, tips)
    return _svg(
        name, title, _said_all(categories, series, lang), frame, [*parts, *_names_below(frame, categories)], wide=True
    )


def rows(name: str, title: str, categories: Sequence[str], cells: Sequence[Cell], lang: str) -> Markup:
    """Draw one bar for each category, lying, its name above it: for long names and many of them.

    Raises ValueError if cells and categories differ in number.
    """
    _check(categories, [Series(title, cells)])
    frame = _Frame(400, len(cells) * _ROW + 4, 0, (400 - _ROOM_FOR_NUMBER) / (_largest(cells) or 1))
    parts = []
    for index, (category, cell) in enumerate(zip(categories, cells, strict=True)):
        y = index * _ROW + _LINE + 3
        length = _HIDDEN_HEIGHT if cell is HIDDEN else max(_height(cell, frame), 1)
        parts += [
            _text(0, y - 7, category, "is-name", "start"),
            _rect(name, 0, y, length, _BAR, cell, "is-1"),
            _text(length + 8, y + _BAR - 3, _written(cell, lang), "is-name" if cell is HIDDEN else "is-value", "start"),
        ]
    return _svg(name, title, "; ".join(map(_said, categories, cells, [lang] * len(cells))), frame, parts, wide=True)


def _check(categories: Sequence[str], series: Sequence[Series]) -> None:
    if not series or not categories:
        raise ValueError("a chart needs at least one series and one category")
    if len(series) > MOST_SERIES:
        raise ValueError(f"at most {MOST_SERIES} series in one chart, got {len(series)}: use small multiples")
    for row in series:
        if len(row.cells) != len(categories):
            raise ValueError(f"{row.name}: {len(row.cells)} cells for {len(categories)} categories")


def _largest(cells: Sequence[Cell]) -> float:
    return max((float(cell) for cell in cells if isinstance(cell, (int, float))), default=0.0)


def _sum(cells: Sequence[Cell]) -> float:
    return sum(cell for cell in cells if isinstance(cell, (int, float)))


def _frame(width: float, height: float, right: float, top: float, spare: float = 0) -> _Frame:
    room = height - _TOP - _BOTTOM - spare
    return _Frame(width, height, right, room / top if top > 0 else 0)


def _height(cell: Cell, frame: _Frame) -> float:
    if isinstance(cell, (int, float)):
        return cell * frame.scale
    return _HIDDEN_HEIGHT if cell is HIDDEN else 0.0


def _bar(name: str, frame: _Frame, x: float, width: float, cell: Cell, look: str, lang: str) -> list[Markup]:
    height = _height(cell, frame)
    y = frame.base - height
    above = _text(x + width / 2, y - 6, _written(cell, lang), "is-name" if cell is HIDDEN else "is-value")
    return [_rect(name, x, y, width, height, cell, look), above]


def _segment(
    name: str, x: float, y: float, width: float, height: float, cell: Cell, place: int, lang: str
) -> list[Markup]:
    parts = [_rect(name, x, y, width, height, cell, f"is-{place + 1} is-piled")]
    if height >= _LINE:
        parts.append(_text(x + width / 2, y + height / 2 + 6, _written(cell, lang), "is-value is-on-mark"))
    return parts


def _rect(name: str, x: float, y: float, width: float, height: float, cell: Cell, look: str) -> Markup:
    where = [_units(value) for value in (x, y, width, height)]
    if cell is HIDDEN:
        return Markup('<rect class="is-gone" x="{}" y="{}" width="{}" height="{}" fill="url(#{}-hatch)"/>').format(
            *where, name
        )
    return Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>').format(look, *where)


def _text(x: float, y: float, words: str, look: str = "is-name", anchor: str = "middle") -> Markup:
    return Markup('<text class="{}" x="{}" y="{}" text-anchor="{}">{}</text>').format(
        look, _units(x), _units(y), anchor, words
    )


def _units(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _names_below(frame: _Frame, categories: Sequence[str]) -> Iterator[Markup]:
    slot = frame.plot / len(categories)
    for index, category in enumerate(categories):
        yield _text(index * slot + slot / 2, frame.height - 7, category)
    yield Markup('<path class="is-axis" d="M0 {}h{}"/>').format(_units(frame.base + 0.5), _units(frame.plot))


def _room_for_names(series: Sequence[Series]) -> float:
    return max(len(row.name) for row in series) * _LETTER + 22


def _names_beside(
    frame: _Frame, series: Sequence[Series], wanted: Sequence[float], tips: Sequence[float]
) -> Iterator[Markup]:
    """Yield each series' name at the height of its mark, pushed apart where two would touch, with a fine leader."""
    order = sorted(range(len(series)), key=lambda place: wanted[place])
    heights = [wanted[place] for place in order]
    for earlier, later in pairwise(range(len(heights))):
        heights[later] = max(heights[later], heights[earlier] + _LINE)
    over = max(0.0, heights[-1] - (frame.base - 4))
    for place, height in zip(order, heights, strict=True):
        y = max(height - over, 8.0 + _LINE * order.index(place))
        yield Markup('<path class="is-lead" d="M{} {}L{} {}"/>').format(
            _units(tips[place] + 1), _units(wanted[place]), _units(frame.plot + 8), _units(y)
        )
        yield _text(frame.plot + 12, y + 6, series[place].name, f"is-label-{place + 1}", "start")


def _written(cell: Cell, lang: str) -> str:
    if cell is HIDDEN:
        return text("layout.figure.hidden_short", lang)
    return "–" if not isinstance(cell, (int, float)) else number(cell, lang)


def _said(category: str, cell: Cell, lang: str) -> str:
    words = text("layout.figure.hidden", lang) if cell is HIDDEN else _written(cell, lang)
    return f"{category}: {words}"


def _said_all(categories: Sequence[str], series: Sequence[Series], lang: str) -> str:
    rows = []
    for row in series:
        cells = zip(categories, row.cells, strict=True)
        rows.append(f"{row.name}, " + "; ".join(_said(category, cell, lang) for category, cell in cells))
    return ". ".join(rows)


def _svg(name: str, title: str, said: str, frame: _Frame, parts: Sequence[Markup], *, wide: bool) -> Markup:
    head = Markup(
        '<svg class="{}" viewBox="0 0 {} {}" role="img" aria-labelledby="{}-title {}-desc">'
        '<title id="{}-title">{}</title><desc id="{}-desc">{}</desc>'
        '<defs><pattern id="{}-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<path class="is-hatch" d="M0 0v6"/></pattern></defs>'
    ).format(
        "besa-chart besa-chart--wide" if wide else "besa-chart",
        f"{frame.width:g}", f"{frame.height:g}", name, name, name, title, name, said, name,
    )  # fmt: skip
    return head + Markup("").join(parts) + Markup("</svg>")
