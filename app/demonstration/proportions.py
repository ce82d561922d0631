"""How often what happens: shares taken from the published figures on Albania where they say something.

The file `app/jurisdictions/al/published.yaml` holds the figures with their sources (`PUBLISHED` repeats the ones used,
a test compares them); what nobody published, such as how often a referral is declined, is this project's own guess and
stands below it. The generated figures are like the published ones in shape and are not the published ones.
"""

from collections.abc import Mapping
from random import Random
from typing import TypeVar

T = TypeVar("T")

PUBLISHED: Mapping[str, Mapping[str, int]] = {
    "sex_age": {"women": 32, "men": 4, "girls": 48, "boys": 26},
    "exploitation": {"sexual": 61, "labour": 35, "criminality": 14},
    "status": {"vmt": 110, "vt": 2},
    "identified": {"by_mobile_units": 75, "total": 112},
    "foreign": {"foreign": 3, "total": 112},
}
"""The year 2022: the last one with all of these."""
LABOUR_OF_WHICH_BEGGING = 26

GROUPS = {("FEMALE", "adult"): 32, ("MALE", "adult"): 4, ("FEMALE", "child"): 48, ("MALE", "child"): 26}
FORMS: Mapping[tuple[str, str], Mapping[str, int]] = {
    ("FEMALE", "adult"): {
        "SEX_PROSTITUTION": 58, "SEX_REMOTE": 6, "DOM_EMPLOYER": 8, "LAB_WORKPLACE": 10, "BEG": 6, "MAR_SERVITUDE": 6,
        "CRI_DRUG_TRADE": 4, "UNK": 2,
    },
    ("MALE", "adult"): {"LAB_WORKPLACE": 68, "CRI_DRUG_CULTIVATION": 22, "BEG": 8, "UNK": 2},
    ("FEMALE", "child"): {
        "SEX_PROSTITUTION": 52, "SEX_PORNOGRAPHY": 12, "BEG_BY_CHILD": 20, "MAR_CHILD": 6, "LAB_STREET_SELLING": 4,
        "CRI_THEFT": 6,
    },
    ("MALE", "child"): {
        "BEG_BY_CHILD": 44, "CRI_DRUG_CULTIVATION": 22, "CRI_THEFT": 18, "LAB_STREET_SELLING": 10,
        "SEX_PROSTITUTION": 6,
    },
}  # fmt: skip
"""Main forms by sex and age, made so that the sums come near `exploitation` (sexual about 55 %, labour and begging
about 32 %, criminality about 12 %)."""

SOURCES: Mapping[str, int] = {
    "MOBILE_UNIT": 67, "POLICE": 9, "BORDER_POLICE": 3, "SCHOOL": 5, "HEALTH": 4, "NGO": 4, "HELPLINE": 4,
    "LABOUR_INSPECTORATE": 2, "SELF": 1, "FAMILY": 1,
}  # fmt: skip
CHANNELS: Mapping[str, Mapping[str, int]] = {
    "AL": {"FIELD_VISIT": 40, "PHONE": 18, "HELPLINE_116006": 14, "IN_PERSON": 12, "APP_RAPORTO": 6, "INSPECTION": 5,
           "BORDER_CHECK": 5},
    "XK": {"PHONE": 40, "HELPLINE_XK": 25, "IN_PERSON": 20, "INSPECTION": 8, "BORDER_CHECK": 7},
}  # fmt: skip
COMMUNITIES: Mapping[str, Mapping[str, int]] = {
    "AL": {"albanian": 620, "roma": 180, "egyptian": 130, "kosovar": 40, "serbian": 3, "filipino": 7,
           "south_asian": 9, "arab": 4, "ukrainian": 4, "nigerian": 3},
    "XK": {"kosovar": 640, "roma": 110, "egyptian": 110, "serbian": 60, "albanian": 50, "filipino": 5,
           "south_asian": 10, "arab": 5, "ukrainian": 5, "nigerian": 5},
}  # fmt: skip
RESULTS: Mapping[str, int] = {"VMT": 76, "AT_RISK": 15, "NO_INDICATION": 9}
COUNTIES: Mapping[str, int] = {
    "AL-11": 26, "AL-02": 12, "AL-03": 12, "AL-12": 9, "AL-04": 9, "AL-06": 8, "AL-10": 8, "AL-01": 7, "AL-08": 3,
    "AL-09": 2, "AL-05": 2, "AL-07": 2,
}  # fmt: skip
"""Counties of Albania by how many cases they have."""

KOSOVO_OF_HUNDRED = 12
WITHOUT_IDENTITY = 0.04
"""Adults who do not want to be named."""
SIGNALLED = 0.55
REFERRED = {"VMT": 0.88, "AT_RISK": 0.45, "NO_INDICATION": 0.0}
ACCEPTED = 0.84
SLIPS = 0.10
"""Share of steps that are taken too late, or not yet."""
FORMAL = 0.10
"""Share of potential victims who ask to be formally identified."""


def pick(rng: Random, shares: Mapping[T, int]) -> T:
    """Return one key, each as often as its share says."""
    return rng.choices(list(shares), list(shares.values()))[0]
