"""The icons there are: the symbols of the vendored sprite, by name. A template asks for one with `icon(name)`."""

import re
from functools import cache

from app.web.static_files import STATIC_DIRECTORY

SPRITE = "vendor/lucide/icons.svg"


@cache
def icon_names() -> frozenset[str]:
    """Return the names of all symbols in the sprite."""
    sprite = (STATIC_DIRECTORY / SPRITE).read_text(encoding="utf-8")
    return frozenset(re.findall(r'<symbol id="i-([a-z0-9-]+)"', sprite))
