"""Renders templates as the pages do, without a server: autoescape, strict about what is missing, `t` and `static`."""

from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.texts import text
from app.web.static_files import STATIC_DIRECTORY, static_url

TEMPLATES = STATIC_DIRECTORY.parent / "templates"


@cache
def environment(lang: str = "sq") -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["t"] = lambda key, **params: text(key, lang, **params)
    made.globals["static"] = static_url
    return made


def render(source: str, lang: str = "sq", **context: Any) -> str:
    """Render a template given as source, which may import the macros."""
    return environment(lang).from_string(source).render(lang=lang, **context)


def page(name: str, lang: str = "sq", **context: Any) -> str:
    return environment(lang).get_template(name).render(lang=lang, **context)


def frame(lang: str = "sq") -> dict[str, Any]:
    """What a signed-in page of a role with five rooms gets."""
    rooms = [
        ("Sot", "sun"),
        ("Rastet", "folder"),
        ("Kërko", "search"),
        ("Shtretërit", "bed"),
        ("Shifrat", "chart-column"),
    ]
    return {
        "demo": True,
        "nav": [
            {"href": "/", "label": label, "icon": icon, "current": n == 0} for n, (label, icon) in enumerate(rooms)
        ],
        "who": {"role": "Menaxhere e rastit", "organisation": "Qendra Agimi"},
        "csrf_token": "token",
        "languages": [
            {"label": "Shqip", "code": "sq", "href": "?language=sq", "current": lang == "sq"},
            {"label": "English", "code": "en", "href": "?language=en", "current": lang == "en"},
        ],
        "contrast_switch": {"href": "?contrast=more", "label": text("layout.contrast.more", lang)},
        "footer_links": [{"href": "/help/glossary", "label": text("layout.footer.glossary", lang)}],
        "profile_note": "Profili 0.1.0",
    }
