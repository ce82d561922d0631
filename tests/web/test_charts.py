"""Charts: well formed, true to their numbers, silent about hidden cells, without a style attribute."""

from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from app.web.charts import HIDDEN, Cell, Series, bars, grouped, rows, stacked

YEARS = ("2022", "2023", "2024", "2025")
_CELLS = st.one_of(st.integers(0, 10_000), st.just(HIDDEN), st.none())
_ROWS = st.lists(st.lists(_CELLS, min_size=4, max_size=4), min_size=1, max_size=4)


def _drawn(svg: Markup) -> ElementTree.Element:
    root = ElementTree.fromstring(str(svg))
    assert not any("style" in element.attrib for element in root.iter())
    return root


def _marks(root: ElementTree.Element, look: str) -> list[ElementTree.Element]:
    return [e for e in root.iter("rect") if look in e.attrib["class"].split()]


def _texts(root: ElementTree.Element) -> list[str]:
    return [e.text or "" for e in root.iter("text")]


def test_bars_stand_from_zero_with_their_numbers_on_them() -> None:
    root = _drawn(bars("women", "Gra", YEARS, [22, 26, 31, 28], "sq"))
    heights = [float(e.attrib["height"]) for e in root.iter("rect")]
    assert heights[0] / heights[2] == pytest.approx(22 / 31, abs=0.01)
    assert [e.attrib["class"] for e in root.iter("rect")] == ["is-quiet", "is-quiet", "is-quiet", "is-1"]
    assert _texts(root) == ["22", "26", "31", "28", *YEARS]
    assert len({float(e.attrib["y"]) + float(e.attrib["height"]) for e in root.iter("rect")}) == 1


def test_small_multiples_share_a_scale() -> None:
    low, high = (_drawn(bars("x", "x", ["2025"], [n], "sq", top=40)) for n in (10, 40))
    low_height, high_height = (float(next(root.iter("rect")).attrib["height"]) for root in (low, high))
    assert high_height == pytest.approx(4 * low_height, abs=0.2)


def test_a_chart_is_named_and_told_in_words() -> None:
    svg = bars("men", "Burra", YEARS, [6, 7, 1234, HIDDEN], "sq")
    root = _drawn(svg)
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-labelledby"] == "men-title men-desc"
    said = {e.attrib["id"]: e.text for e in root if "id" in e.attrib}
    assert said == {"men-title": "Burra", "men-desc": "2022: 6; 2023: 7; 2024: 1\u00a0234; 2025: fshehur"}


def test_names_are_escaped() -> None:
    svg = grouped("g", "<b>", ["<i>"], [Series("a & b", [1])], "en")
    assert "<b>" not in svg
    assert "<i>" not in svg
    assert "a &amp; b" in svg
    assert "a & b" in _texts(_drawn(svg))


@pytest.mark.parametrize("neighbour", [1, 40, 5000])
def test_a_hidden_cell_says_nothing_about_its_number(neighbour: int) -> None:
    for draw in (grouped, stacked):
        root = _drawn(draw("h", "h", ["2024", "2025"], [Series("a", [HIDDEN, neighbour]), Series("b", [3, 4])], "sq"))
        hatched = _marks(root, "is-gone")
        assert [float(e.attrib["height"]) for e in hatched] == [27.0]
        assert hatched[0].attrib["fill"] == "url(#h-hatch)"
        assert "fsh." in _texts(root)


def test_a_stack_with_a_hidden_part_shows_no_total() -> None:
    root = _drawn(stacked("s", "s", ["2024", "2025"], [Series("a", [20, HIDDEN]), Series("b", [30, 40])], "sq"))
    assert _texts(root).count("50") == 1
    assert _texts(root).count("40") == 1, "the number of its own mark, not a total beside it"


@settings(max_examples=150, deadline=None)
@given(_ROWS, st.sampled_from([grouped, stacked]), st.sampled_from(["sq", "en"]))
def test_every_mark_and_name_stays_on_the_drawing(cells: list[list[Cell]], draw: object, lang: str) -> None:
    series = [Series(f"Rreshti {n}", row) for n, row in enumerate(cells)]
    assert draw in (grouped, stacked)
    root = _drawn((grouped if draw is grouped else stacked)("p", "p", YEARS, series, lang))
    _, _, width, height = (float(part) for part in root.attrib["viewBox"].split())
    for rect in root.iter("rect"):
        x, y, w, h = (float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
        assert -0.1 <= x <= x + w <= width + 0.1
        assert -0.6 <= y <= y + h <= height + 0.1
    names = sorted(float(e.attrib["y"]) for e in root.iter("text") if e.attrib["text-anchor"] == "start")
    assert len(names) == len(series)
    assert all(later - earlier >= 19.9 for earlier, later in pairwise(names))
    assert all(0 < y < height for y in names)


def test_lying_bars_are_as_long_as_their_numbers_and_named_above() -> None:
    root = _drawn(rows("r", "r", ["Lypje", "Punë", "Tjetër", "Asnjë"], [30, 15, HIDDEN, 0], "sq"))
    lengths = [float(e.attrib["width"]) for e in root.iter("rect")]
    assert lengths[0] == pytest.approx(2 * lengths[1])
    assert lengths[2] == 27.0, "a hidden cell says nothing about its number"
    assert _texts(root) == ["Lypje", "30", "Punë", "15", "Tjetër", "fsh.", "Asnjë", "0"]
    _, _, width, height = (float(part) for part in root.attrib["viewBox"].split())
    for rect in root.iter("rect"):
        x, y, w, h = (float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
        assert 0 <= x <= x + w <= width and 0 <= y <= y + h <= height
    with pytest.raises(ValueError, match="2 cells for 1 categories"):
        rows("r", "r", ["a"], [1, 2], "sq")


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 4"):
        grouped("x", "x", ["2025"], [Series(str(n), [n]) for n in range(5)], "sq")
    with pytest.raises(ValueError, match="2 cells for 1 categories"):
        stacked("x", "x", ["2025"], [Series("a", [1, 2])], "sq")
    with pytest.raises(ValueError, match="at least one"):
        bars("x", "x", [], [], "sq")


def test_nothing_counted_is_drawn_as_nothing() -> None:
    root = _drawn(bars("z", "z", YEARS, [0, 0, 0, None], "sq"))
    assert [float(e.attrib["height"]) for e in root.iter("rect")] == [0, 0, 0, 0]
    assert _texts(root)[:4] == ["0", "0", "0", "–"]
