"""Countries for the pickers: codes of ISO 3166-1 from pycountry, names from CLDR.

Kosovo (XK), stateless and unknown are no ISO codes; they stand in the code list's own file.
No statement on the status of any territory is intended by a code.
"""

from functools import cache

import pycountry
from babel import Locale

from app.domain.code_lists import Code, Label, TermSource

_LANGUAGES = {"sq": "sq", "en": "en", "sr": "sr_Latn"}


@cache
def iso_countries(jurisdictions: tuple[str, ...]) -> tuple[Code, ...]:
    """Return the countries of ISO 3166-1 as codes for these jurisdictions, ordered by their Albanian names."""
    names = {language: Locale.parse(locale).territories for language, locale in _LANGUAGES.items()}
    source = TermSource("CLDR")
    codes = [
        Code(
            code=country.alpha_2,
            label=Label({language: found.get(country.alpha_2, country.name) for language, found in names.items()}),
            definition_en="ISO 3166-1 alpha-2 code.",
            valid_for=jurisdictions,
            source=source,
        )
        for country in pycountry.countries
    ]
    return tuple(sorted(codes, key=lambda code: _sort_key(code.label.text("sq"))))


def _sort_key(name: str) -> str:
    """Order ç after c and ë after e, as the Albanian alphabet does."""
    return name.casefold().replace("ç", "c~").replace("ë", "e~")
