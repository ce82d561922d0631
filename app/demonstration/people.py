"""Persons who do not exist, each known as far as people are known in such work: some parts, seldom all."""

from dataclasses import dataclass
from datetime import date
from random import Random

from app.demonstration.names import FOREIGN, LANGUAGES, NAMES
from app.demonstration.proportions import COMMUNITIES, GROUPS, WITHOUT_IDENTITY, pick
from app.domain.forms.cases import Contact, Identity, IdentityDocument

_OWN = {"AL": "AL", "XK": "XK"}
_HOME = {"kosovar": "XK", "serbian": "RS", "albanian": "AL"}
_PREFIX = {"AL": "+355 69 000 ", "XK": "+383 44 000 "}


@dataclass(frozen=True, slots=True)
class Someone:
    """A made-up person on the day somebody meets them; `named` False where they do not want to be."""

    identity: Identity
    community: str
    sex: str
    child: bool
    foreign: bool
    named: bool
    languages: tuple[str, ...]
    interpreter: bool


def make_someone(
    rng: Random, jurisdiction: str, on: date, *, group: tuple[str, str] | None = None, community: str | None = None
) -> Someone:
    """Return a new person; `group` is (sex, adult or child), drawn like the published figures where None."""
    sex, age = group or pick(rng, GROUPS)
    child = age == "child"
    of = community or pick(rng, COMMUNITIES[jurisdiction])
    foreign = of in FOREIGN or (of in _HOME and _HOME[of] != jurisdiction)
    years = rng.triangular(6, 17.9, 14.5) if child else rng.triangular(18.3, 52, 23)
    named = child or rng.random() >= WITHOUT_IDENTITY
    languages = LANGUAGES[of]
    known = set(languages) & {"sq", "en", "sr"} if jurisdiction == "XK" else set(languages) & {"sq"}
    return Someone(
        identity=_identity(rng, jurisdiction, of, sex, int(years * 365.25), on, child, foreign)
        if named
        else Identity(sex=sex),
        community=of,
        sex=sex,
        child=child,
        foreign=foreign,
        named=named,
        languages=languages,
        interpreter=not known,
    )


def _identity(
    rng: Random, jurisdiction: str, community: str, sex: str, days: int, on: date, child: bool, foreign: bool
) -> Identity:
    names = NAMES[community]
    born = date.fromordinal(on.toordinal() - days)
    given = names.given(rng, sex)
    family = names.family(rng) if rng.random() > 0.06 else None
    home = _OWN[jurisdiction] if community not in FOREIGN else rng.choice(FOREIGN[community])
    home = _HOME.get(community, home)
    values: dict[str, object] = {
        "given_names": given,
        "family_names": family,
        "aliases": (names.given(rng, sex),) if rng.random() < 0.12 else (),
        "sex": sex,
        "birth_place": None,
        "citizenships": (home,) if rng.random() > 0.04 else (),
        "contacts": _contacts(rng, jurisdiction),
        "documents": _documents(rng, home) if rng.random() < 0.35 else (),
    }
    if rng.random() < (0.25 if foreign or child else 0.08):
        least = max(0, days // 365 - rng.randint(0, 1))
        values |= {"estimated_from": least, "estimated_to": least + 2, "age_basis": "pamja dhe biseda"}
        # An adult by estimate stays one only where the least age says so.
        if not child and least < 18:
            values |= {"estimated_from": 18, "estimated_to": 20}
    else:
        values |= {"birth_year": born.year, "birth_month": born.month}
        if rng.random() < 0.7:
            values["birth_day"] = born.day
    if not child and rng.random() < 0.02:
        values["age_doubted"] = True
    return Identity.model_validate(values)


def _contacts(rng: Random, jurisdiction: str) -> tuple[Contact, ...]:
    if rng.random() < 0.3:
        return ()
    number = _PREFIX[jurisdiction] + f"{rng.randrange(10000):04d}"
    safe = rng.choices(("yes", "no", "unknown"), (5, 3, 2))[0]
    when = "paradite" if safe == "yes" and rng.random() < 0.4 else None
    return (Contact(kind=rng.choice(("phone", "message")), value=number, safe=safe, safe_when=when),)


def _documents(rng: Random, country: str) -> tuple[IdentityDocument, ...]:
    kind = rng.choice(("identity_card", "passport", "birth_certificate"))
    return (IdentityDocument(kind=kind, number=f"DEMO{rng.randrange(10**7):07d}", country=country),)
