"""Groups of citizenship for tables: one code for a person, whatever passports they hold.

Source: the code list citizenship_group; members of the European Union as of 2025; Western Balkans as the list says.
"""

from collections.abc import Collection
from typing import Final

EUROPEAN_UNION: Final = frozenset(
    (
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
        *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
    )
)
WESTERN_BALKANS: Final = frozenset(("AL", "BA", "ME", "MK", "RS", "XK"))


def citizenship_group(citizenships: Collection[str], jurisdiction: str) -> str:
    """Return the group of a person: own country first, then the European Union, the region, others.

    No citizenship given, or only `UNKNOWN`, is UNKNOWN; `STATELESS` alone is STATELESS.
    """
    known = set(citizenships) - {"UNKNOWN"}
    if not known:
        return "UNKNOWN"
    if jurisdiction in known:
        return "OWN_COUNTRY"
    if known & EUROPEAN_UNION:
        return "EU"
    if known & WESTERN_BALKANS:
        return "WESTERN_BALKANS"
    return "STATELESS" if known == {"STATELESS"} else "OTHER_NON_EU"
