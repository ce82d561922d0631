"""What a case says, in words, for the fields of a form on paper: only from data classes that the actor sees."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping, select

from app.domain.policy import DataClass
from app.domain.profile import Profile
from app.domain.referrals import STATUS_CODE, State
from app.services.exploitations import standing
from app.services.identification_answers import answers_of
from app.services.identification_officers import officers_of
from app.services.identifications import SEALED, TABLE
from app.services.reference import organisation_names
from app.services.unit_of_work import UnitOfWork
from app.storage.cases import urgent_needs
from app.storage.consents import consent, information_given
from app.storage.identifications import identification
from app.storage.referrals import referral
from app.storage.signals import signal
from app.texts import text

_MOST_CODES = 12
"""So many codes of indicators are printed; how many more there are is said."""
_HEALTH_NEEDS = frozenset({"HEALTH", "MENTAL_HEALTH"})
_SITUATION: Mapping[str, tuple[str, str]] = {
    "acts": ("acts", "act"),
    "means": ("means", "means"),
    "forms": ("forms", "form_of_exploitation"),
    "recruitment_channel": ("recruitment_channels", "recruitment_channel"),
    "recruitment_promise": ("recruitment_promises", "recruitment_promise"),
    "recruiter_relationship": ("recruiter_relationships", "recruiter_relationship"),
    "control_methods": ("control_methods", "control_method"),
    "labour_sector": ("sectors", "labour_sector"),
    "country_of_exploitation": ("countries", "country"),
}
"""Field of a form -> (column of a situation, its code list)."""


@dataclass(frozen=True, slots=True)
class Values:
    """Words by field of the form; `classes` are the data classes that were open."""

    classes: frozenset[DataClass]
    texts: Mapping[str, str] = field(default_factory=dict)


def moment(at: datetime, profile: Profile) -> str:
    """Return a moment as papers write it, in the jurisdiction's zone: `24.11.2026, 17:17`."""
    return f"{at.astimezone(ZoneInfo(profile.timezone)):%d.%m.%Y, %H:%M}"


@dataclass(frozen=True, slots=True)
class _Words:
    """Codes, moments and answers in the words of one profile and language."""

    profile: Profile
    language: str

    def codes(self, list_id: str, codes: Iterable[str]) -> str:
        """Return the labels of codes in their order, each once."""
        return ", ".join(self.profile.label(list_id, code, self.language) for code in dict.fromkeys(codes))

    def code(self, list_id: str, code: str | None) -> str:
        """Return the label of a code, empty for none."""
        return self.profile.label(list_id, code, self.language) if code else ""

    def when(self, at: datetime | None) -> str:
        """Return a moment in words, empty for none."""
        return moment(at, self.profile) if at is not None else ""

    def yes(self, value: bool | None) -> str:
        """Return yes or no, empty where nobody knows."""
        return "" if value is None else text(f"paper.{'yes' if value else 'no'}", self.language)

    def place(self, code: str | None) -> str:
        """Return a place's name, empty for none."""
        known = self.profile.places.get(code) if code is not None else None
        return known.name.text(self.language) if known is not None else ""

    def named(self, names: Mapping[UUID, Mapping[str, str]], org_id: UUID | None) -> str:
        """Return an organisation's name, empty for none."""
        found = names.get(org_id, {}) if org_id is not None else {}
        return found.get(self.language) or found.get("sq", "")


async def gather(
    unit: UnitOfWork, case: RowMapping, profile: Profile, form: str, classes: frozenset[DataClass], language: str
) -> Values:
    """Return what the case says for the fields of F1 or F2. The caller audits the export with its classes."""
    words = _Words(profile, language)
    said = _of_case(case, words)
    if DataClass.IDENTIFICATION in classes:
        said |= await _situations(unit, case, words)
    said |= await (_referral if form == "F1" else _identification)(unit, case, words, classes)
    return Values(classes, said)


def _of_case(case: RowMapping, words: _Words) -> dict[str, str]:
    return {
        "case_pseudonym": case["code"],
        "record_kind": words.code("record_kind", "ANONYMOUS_SUPPORT" if case["without_identity"] else "FULL"),
        "place": words.place(case["municipality"]),
        "detection_source": words.code("detection_source", case["detection_source"]),
        "age_group": words.code("age_group", case["age_group"]),
        "age_is_estimate": words.yes(case["age_in_doubt"]),
        "sex": words.code("sex", case["sex"]),
        "citizenship": words.code("citizenship_group", case["citizenship_group"]),
        "language": words.codes("language", case["languages"]),
        "interpreter_needed": words.yes(case["interpreter_needed"]),
        "urgency": words.code("urgency", case["urgency"]),
    }


async def _situations(unit: UnitOfWork, case: RowMapping, words: _Words) -> dict[str, str]:
    """Return the standing situations of a case together."""
    rows = await standing(unit, case["id"])
    said = {
        name: words.codes(list_id, (code for row in rows for code in row[column]))
        for name, (column, list_id) in _SITUATION.items()
    }
    said["suspected_forms"] = said["forms"]
    said["main_form"] = words.code("form_of_exploitation", case["main_form"])
    said["scope"] = words.codes("trafficking_scope", (row["scope"] for row in rows if row["scope"]))
    since = sorted(_month(row, "from") for row in rows if row["from_year"])
    until = sorted(_month(row, "to") for row in rows if row["to_year"])
    said["exploitation_from"] = since[0] if since else ""
    said["exploitation_to"] = until[-1] if until else ""
    if any(row["ongoing"] for row in rows):
        said["exploitation_to"] = text("exploitation.period.ongoing", words.language)
    return said


def _month(row: RowMapping, end: str) -> str:
    month = row[f"{end}_month"]
    return f"{row[f'{end}_year']}-{month:02d}" if month else str(row[f"{end}_year"])


async def _referral(unit: UnitOfWork, case: RowMapping, words: _Words, classes: frozenset[DataClass]) -> dict[str, str]:
    """Return what the latest referral that was sent says, with the consent behind it and the signal before it."""
    latest = (
        select(referral)
        .where(referral.c.case_id == case["id"], referral.c.state != State.DRAFTED.value)
        .order_by(referral.c.id.desc())
        .limit(1)
    )
    row = (await unit.execute(latest)).mappings().one()
    names = await organisation_names(unit, [row["sender_org_id"], row["receiver_org_id"]])
    channel = (await unit.execute(select(signal.c.channel).where(signal.c.case_id == case["id"]).limit(1))).scalar()
    said = {
        "sent_at": words.when(row["sent_at"]),
        "referring_organisation": words.named(names, row["sender_org_id"]),
        "referring_role": text("sop_forms.paper.duty_role", words.language),
        "signal_channel": words.code("signal_channel", channel),
        "urgency": words.code("urgency", row["urgency"]),
        "referral_purpose": words.codes("referral_purpose", row["purposes"]),
        "requested_services": words.codes("service_type", row["requested_services"]),
        "receiver_organisation": words.named(names, row["receiver_org_id"]),
        "referral_status": words.code("referral_status", STATUS_CODE[State(row["state"])]),
        "decline_reason": words.code("referral_decline_reason", row["decline_reason"]),
        "answered_at": words.when(row["answered_at"]),
    }
    if DataClass.CASEWORK in classes:
        said |= await _basis(unit, case, row, words)
    if DataClass.IDENTIFICATION in classes:
        latest_id = select(identification.c.id).where(
            identification.c.case_id == case["id"], identification.c.superseded_by.is_(None)
        )
        row_id = (await unit.execute(latest_id.order_by(identification.c.id.desc()).limit(1))).scalar()
        said["indicators"] = await _indicators(unit, row_id, words) if row_id is not None else ""
    return said


async def _basis(unit: UnitOfWork, case: RowMapping, row: RowMapping, words: _Words) -> dict[str, str]:
    needs = (
        select(urgent_needs.c.needs)
        .where(urgent_needs.c.case_id == case["id"])
        .order_by(urgent_needs.c.id.desc())
        .limit(1)
    )
    urgent = (await unit.execute(needs)).scalar()
    query = select(consent.c.purpose, consent.c.basis).where(
        consent.c.case_id == case["id"], consent.c.answer.in_(("given", "not_asked")), consent.c.withdrawn_at.is_(None)
    )
    given: list[Any] = list((await unit.execute(query.order_by(consent.c.id))).mappings())
    behind = [base["basis"] for base in row["bases"] if base.get("basis")] or [one["basis"] for one in given]
    return {
        "medical_need": words.yes(None if urgent is None else bool(_HEALTH_NEEDS & set(urgent))),
        "authorisation": words.codes("consent_basis", (one for one in behind if one)),
        "consent_purposes": words.codes("consent_purpose", (one["purpose"] for one in given)),
    }


async def _identification(
    unit: UnitOfWork, case: RowMapping, words: _Words, classes: frozenset[DataClass]
) -> dict[str, str]:
    """Return what the latest identification says, with its officers, answers and texts."""
    said: dict[str, str] = {}
    if DataClass.CASEWORK in classes:
        topics = (
            await unit.execute(select(information_given.c.topics).where(information_given.c.case_id == case["id"]))
        ).scalars()
        said["rights_information"] = words.codes("information_topic", (topic for row in topics for topic in row))
    query = select(identification).where(
        identification.c.case_id == case["id"], identification.c.superseded_by.is_(None)
    )
    row = (await unit.execute(query.order_by(identification.c.id.desc()).limit(1))).mappings().first()
    if DataClass.IDENTIFICATION not in classes or row is None:
        return said
    profile, language = words.profile, words.language
    opened = await unit.open_for_case(case["id"], TABLE, dict(row), *SEALED)
    officers = await officers_of(unit, row["id"])
    names = await organisation_names(unit, [row["org_id"]])
    team = (
        f"{text('identification.choices.role.' + one['role'], language)} ({one['name_' + _sq_or_en(language)]})"
        for one in officers
    )
    return said | {
        "identification_kind": words.code("identification_kind", "INITIAL"),
        "started_at": words.when(row["started_at"]),
        "place": words.place(row["place"]),
        "border_circumstance": words.codes("border_circumstance", row["border_circumstances"]),
        "organisation": words.named(names, row["org_id"]),
        "team_members": ", ".join(dict.fromkeys(team)),
        "police_present": words.yes(row["police_present"]),
        "checklist": ", ".join(
            f"{profile.set(one).title.text(language)} {profile.set(one).version}" for one in row["sets"]
        ),
        "indicators": await _indicators(unit, row["id"], words),
        "special_circumstances": opened["circumstances"] or "",
        "aid_results": ", ".join(_aid(result) for result in row["aid_results"]),
        "result": words.code("victim_status", row["result"]),
        "decision_reason": opened["decision_reason"] or "",
        "interpreter_used": words.yes(row["interpreter"] in ("present", "telephone")),
    }


def _sq_or_en(language: str) -> str:
    return "en" if language == "en" else "sq"


def _aid(result: Mapping[str, Any]) -> str:
    """Return one kept result of a decision aid: rule, version, result."""
    return " ".join(str(result[key]) for key in ("rule", "version", "result") if result.get(key))


async def _indicators(unit: UnitOfWork, row_id: UUID, words: _Words) -> str:
    """Return the codes of the indicators that were seen, as many as fit, and how many more there are."""
    answers = await answers_of(unit, row_id)
    seen = [
        code
        for rows in answers.values()
        for code, row in rows.items()
        if row["answer"] not in ("no", "unknown", "not_asked")
    ]
    listed = ", ".join(seen[:_MOST_CODES])
    more = len(seen) - _MOST_CODES
    return f"{listed} {text('sop_forms.list.more', words.language, n=more)}" if more > 0 else listed
