"""The look, held by rules: what templates and style sheets may and may not contain."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import app.texts
from app.domain.policy import Role
from app.texts import catalogue, has_text
from app.web import components_page
from app.web.icons import icon_names
from app.web.rooms import rooms_of
from app.web.static_files import STATIC_DIRECTORY, static_url
from tests.web.rendering import TEMPLATES, frame, page

_JINJA = re.compile(r"\{%.*?%\}|\{#.*?#\}", re.S)
_SAYS = re.compile(r"\{\{.*?\}\}", re.S)
_VENDORED = STATIC_DIRECTORY / "vendor" / "govuk-frontend" / "govuk-frontend.css"
_OURS = (STATIC_DIRECTORY / "tokens.css", STATIC_DIRECTORY / "besa.css")


def _templates() -> list[tuple[str, str]]:
    return [
        (file.relative_to(TEMPLATES).as_posix(), file.read_text(encoding="utf-8"))
        for file in sorted(TEMPLATES.rglob("*.html"))
    ]


def _without_comments(css: str) -> str:
    return re.sub(r"/\*.*?\*/", "", css, flags=re.S)


@pytest.fixture(scope="module")
def css_classes() -> frozenset[str]:
    css = "".join(_without_comments(file.read_text(encoding="utf-8")) for file in (*_OURS, _VENDORED))
    return frozenset(re.findall(r"\.(-?[_a-zA-Z][\w!-]*)", css.replace("\\!", "!")))


@pytest.fixture(scope="module", params=["sq", "en"])
def living_page(request: pytest.FixtureRequest) -> str:
    return page("components.html", request.param, **frame(request.param), **components_page.context(request.param))


@pytest.mark.parametrize(("name", "source"), _templates())
def test_a_template_has_nothing_inline(name: str, source: str) -> None:
    assert not re.search(r"\sstyle\s*=", source), f"{name}: a style attribute"
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", source), f"{name}: an event attribute"
    assert "<style" not in source, f"{name}: a style element"
    assert not re.search(r"<script(?![^>]*\ssrc=)", source), f"{name}: an inline script"
    assert "|safe" not in source.replace(" ", ""), f"{name}: text that is not escaped"


@pytest.mark.parametrize(("name", "source"), _templates())
def test_a_class_of_a_template_is_in_the_style_sheets(name: str, source: str, css_classes: frozenset[str]) -> None:
    plain = _SAYS.sub("\0", _JINJA.sub("", source))
    unknown = set()
    for value in re.findall(r'\bclass="([^"]*)"', plain):
        for token in value.split():
            start = token.split("\0")[0]
            if "\0" not in token and token not in css_classes:
                unknown.add(token)
            elif start and not any(known.startswith(start) for known in css_classes):
                unknown.add(token.replace("\0", "…"))
    assert not unknown, f"{name}: {sorted(unknown)}"


def test_a_class_of_the_living_page_is_in_the_style_sheets(living_page: str, css_classes: frozenset[str]) -> None:
    used = {token for value in re.findall(r'\bclass="([^"]*)"', living_page) for token in value.split()}
    assert used - css_classes == set()
    assert len(used) > 100


@pytest.mark.parametrize("name", ["besa.css", *(f.as_posix() for f in Path(TEMPLATES).rglob("*.html"))])
def test_colours_are_named_in_the_tokens_only(name: str) -> None:
    text = _without_comments((STATIC_DIRECTORY / name).read_text(encoding="utf-8"))
    text = re.sub(r"(href|action)=\"[^\"]*\"|&#\d+;|\"#c-[a-z]+\"", "", text)
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\(", text) == []


def test_besa_css_uses_only_tokens_that_exist() -> None:
    tokens, besa = (file.read_text(encoding="utf-8") for file in _OURS)
    named = set(re.findall(r"(--besa-[\w-]+):", tokens))
    assert set(re.findall(r"var\((--besa-[\w-]+)", tokens + besa)) - named == set()
    assert "!important" not in _without_comments(besa)


def test_govuk_frontend_stands_in_its_layer_without_what_belongs_to_the_british_state() -> None:
    css = _VENDORED.read_text(encoding="utf-8")
    bare = _without_comments(css).strip()
    assert bare.startswith("@layer govuk {")
    assert bare.endswith("}")
    assert bare.count("{") == bare.count("}")
    for foreign in ("GDS", "@font-face", "crest", "url(", "@import"):
        assert foreign not in bare


@pytest.mark.parametrize("folder", sorted(p.name for p in (STATIC_DIRECTORY / "vendor").iterdir() if p.is_dir()))
def test_what_others_made_keeps_its_licence(folder: str) -> None:
    assert len((STATIC_DIRECTORY / "vendor" / folder / "LICENSE").read_text(encoding="utf-8")) > 500
    assert f"`{folder}/`" in (STATIC_DIRECTORY / "vendor" / "README.md").read_text(encoding="utf-8")


def test_every_file_that_a_style_sheet_or_template_names_is_there() -> None:
    tokens = _OURS[0].read_text(encoding="utf-8")
    for path in re.findall(r'url\("\./([^"]+)"\)', tokens):
        assert (STATIC_DIRECTORY / path).is_file(), path
    for name, source in _templates():
        for path in re.findall(r"static\('([^']+)'\)", source):
            assert (STATIC_DIRECTORY / path).is_file(), f"{name}: {path}"


def test_every_icon_asked_for_is_in_the_sprite(living_page: str) -> None:
    asked = set(re.findall(r"#i-([\w-]+)", living_page))
    for _, source in _templates():
        asked |= set(re.findall(r"\bicon\(\s*['\"]([\w-]+)['\"]", source))
        asked |= set(re.findall(r"\bicon_name=['\"]([\w-]+)['\"]", source))
    for file in STATIC_DIRECTORY.parent.glob("*.py"):
        asked |= set(re.findall(r"\bicon\"?[:=]\s*\"([\w-]+)\"", file.read_text(encoding="utf-8")))
    asked |= {room.icon for role in Role for room in rooms_of(role)}
    assert asked - icon_names() == set()


def test_every_text_asked_for_is_in_the_catalogue() -> None:
    missing = []
    for name, source in _templates():
        for key, end in re.findall(r"\bt\(\s*['\"]([\w.]+)['\"]\s*([,)~])", source):
            found = has_text(key) if end != "~" else any(known.startswith(key) for known in catalogue())
            if not found:
                missing.append(f"{name}: {key}")
    assert missing == []


class _NoDuplicates(yaml.SafeLoader):
    """A loader that refuses a key said twice: the first would silently be lost."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = {key for key in keys if keys.count(key) > 1}
        assert not twice, f"{node.start_mark.name} line {node.start_mark.line + 1}: said twice: {twice}"
        return super().construct_mapping(node, deep)


@pytest.mark.parametrize("file", sorted(Path(app.texts.__file__).parent.glob("*.yaml")), ids=lambda file: file.name)
def test_no_text_is_said_twice(file: Path) -> None:
    with file.open(encoding="utf-8") as stream:
        assert isinstance(yaml.load(stream, _NoDuplicates), dict)


def test_a_static_address_changes_with_the_file_and_names_only_files_that_exist() -> None:
    assert re.fullmatch(r"/static/besa\.css\?v=[0-9a-f]{10}", static_url("besa.css"))
    assert static_url("besa.css").split("=")[1] != static_url("tokens.css").split("=")[1]
    with pytest.raises(KeyError):
        static_url("../static_files.py")


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("more", [False, True], ids=["standard", "high contrast"])
def test_text_and_borders_stand_out_enough(more: bool) -> None:
    """WCAG 1.4.3 and 1.4.11: 4.5:1 for text, 3:1 for what one must see to use a page; 7:1 for text in high contrast."""
    tokens = _OURS[0].read_text(encoding="utf-8")
    standard, chosen = tokens.split(':root[data-contrast="more"]')
    colours = dict(re.findall(r"--besa-([\w-]+): (#[0-9a-f]{6});", standard.split("@media (prefers-contrast")[0]))
    if more:
        colours |= dict(re.findall(r"--besa-([\w-]+): (#[0-9a-f]{6});", chosen))
        device = re.findall(r"--besa-([\w-]+): (#[0-9a-f]{6});", standard.split("@media (prefers-contrast")[1])
        assert device == re.findall(r"--besa-([\w-]+): (#[0-9a-f]{6});", chosen)
    text = [("ink", "paper"), ("ink", "sheet"), ("ink-soft", "paper"), ("ink-soft", "wool"), ("accent", "paper"),
            ("accent", "sheet"), ("on-accent", "accent"), ("on-accent", "late"), ("accent-deep", "accent-wash"),
            ("late", "late-wash"), ("due", "due-wash"), ("ok", "ok-wash"), ("info", "info-wash")]  # fmt: skip
    seen = [("edge", "paper"), ("edge", "sheet"), ("chart-1", "sheet"), ("chart-2", "sheet"), ("chart-3", "sheet"),
            ("chart-4", "sheet"), ("chart-quiet", "sheet"), ("focus", "ink")]  # fmt: skip
    for one, other in text:
        assert _contrast(colours[one], colours[other]) >= (7 if more else 4.5), (one, other)
    for one, other in seen:
        assert _contrast(colours[one], colours[other]) >= 3, (one, other)
