"""The ledger in words: what was said, about what and whom, how it was asked, until when, and the way back."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

from app.domain.profile import Profile
from app.services.reference import organisation_names
from app.services.unit_of_work import UnitOfWork
from app.texts import text
from app.web import dates

Names = Mapping[UUID, Mapping[str, str]]
Row = RowMapping | Mapping[str, Any]
_LOOKS = {"given": "given", "refused": "not", "withdrawn": "not", "over": "not", "not_asked": "unasked"}


async def names_of(unit: UnitOfWork, rows: list[RowMapping]) -> Names:
    """Return the names of the organisations that entries of the ledger name."""
    return await organisation_names(unit, [row["recipient_org_id"] for row in rows])


def recipient_words(row: Row, profile: Profile, language: str, names: Names) -> str:
    """Return whom an entry names, empty where it names nobody."""
    if row["recipient_org_id"] is not None:
        return names.get(row["recipient_org_id"], {}).get(language, "")
    if row["recipient_kind"] is not None:
        return profile.label("organisation_kind", row["recipient_kind"], language)
    if row["recipient_country"] is not None:
        return profile.label("country", row["recipient_country"], language)
    return ""


def class_words(classes: list[str], language: str) -> str:
    """Return data classes in a row of words."""
    named = [text(f"classes.{one}", language).lower() for one in classes]
    return ", ".join(named)


def last_day(end: datetime, language: str, zone: str) -> str:
    """Return the last day on which something holds that ends at `end`, which is the midnight after it."""
    return dates.day(end - timedelta(seconds=1), language, zone)


def what_words(row: Row, profile: Profile, language: str, names: Names) -> str:
    """Return what an entry is about: the purpose, or its classes and recipient."""
    purpose = profile.label("consent_purpose", row["purpose"], language)
    recipient = recipient_words(row, profile, language, names)
    if not recipient:
        return purpose
    if not row["data_classes"]:
        return f"{purpose}, {recipient}"
    words = class_words(row["data_classes"], language)
    about = text("consents.line.to", language, classes=words, recipient=recipient)
    return about if row["purpose"] == "REFERRAL_NAMED_BODY" else f"{purpose}: {about}"


def how_words(row: Row, state: str, unit: UnitOfWork, profile: Profile, language: str, limits: str | None) -> str:
    """Return when and how it was said, and until when it holds."""
    zone = profile.timezone
    parts = [dates.spoken(row["given_at"], unit.now, language, zone)]
    if row["language"] is not None:
        parts.append(profile.label("language", row["language"], language))
    if row["interpreter"] in ("present", "telephone"):
        parts.append(text("referrals.minimum.interpreter", language))
    if row["text_version"] is not None:
        parts.append(text("consents.line.text", language, version=row["text_version"]))
    said = [", ".join(parts)]
    if state == "not_asked" and row["basis"] is not None:
        said.append(profile.label("consent_basis", row["basis"], language))
    if limits:
        said.append(limits)
    if state == "withdrawn":
        moment = dates.spoken(row["withdrawn_at"], unit.now, language, zone)
        said.append(text("consents.line.ended", language, when=moment))
    elif row["valid_to"] is not None:
        said.append(text("consents.line.until", language, day=last_day(row["valid_to"], language, zone)))
    if state == "refused":
        said.append(text("consents.list.no_effect", language))
    return " · ".join(said)


def consent_line(
    row: Row,
    state: str,
    unit: UnitOfWork,
    profile: Profile,
    language: str,
    names: Names,
    *,
    case_id: UUID,
    limits: str | None = None,
    changes: bool = True,
) -> dict[str, Any]:
    """Return one line of the `consents` macro; `changes` where the reader may withdraw or ask again."""
    line: dict[str, Any] = {
        "state": _LOOKS[state],
        "what": text(f"consents.line.{state}", language, what=what_words(row, profile, language, names)),
        "how": how_words(row, state, unit, profile, language, limits),
    }
    path = f"/cases/{case_id}/consents"
    if changes and state == "given":
        line["do"] = {"label": text("consents.list.withdraw", language), "href": f"{path}/{row['id']}/withdraw"}
    elif changes and state == "refused":
        line["do"] = {"label": text("consents.list.change", language), "href": f"{path}/new?{ask_query(row)}"}
    return line


def unasked_line(purpose: str, profile: Profile, language: str, case_id: UUID) -> dict[str, Any]:
    """Return the line of a purpose nobody has asked about yet."""
    return {
        "state": "unasked",
        "what": text("consents.line.unasked", language, what=profile.label("consent_purpose", purpose, language)),
        "how": text("consents.list.later", language),
        "do": {
            "label": text("consents.list.ask", language),
            "href": f"/cases/{case_id}/consents/ask?purpose={purpose}",
        },
    }


def ask_query(row: Row) -> str:
    """Return the query of the page that asks the person the same again."""
    pairs = [("purpose", row["purpose"])]
    if row["recipient_org_id"] is not None:
        pairs.append(("recipient_org_id", str(row["recipient_org_id"])))
    pairs += [(name, row[name]) for name in ("recipient_kind", "recipient_country") if row[name] is not None]
    pairs += [("data_classes", one) for one in row["data_classes"]]
    return "&".join(f"{name}={value}" for name, value in pairs)
