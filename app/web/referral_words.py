"""Referrals in words: the real values a receiver will see, reasons for and against a provider, rows of the queue."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

from app.domain.policy import DataClass
from app.domain.profile import Profile
from app.domain.providers import Reason
from app.domain.referrals import AWAITING_ANSWER, State
from app.services.providers import Offer
from app.services.referral_views import Referral
from app.services.referrals import Preview
from app.services.unit_of_work import UnitOfWork
from app.texts import has_text, text
from app.web import dates
from app.web.consent_words import Names, class_words, last_day

Fact = dict[str, Any]


def capital(words: str) -> str:
    """Return words with a capital at the start."""
    return words[:1].upper() + words[1:]


def labels(profile: Profile, list_id: str, codes: Sequence[str], language: str) -> str:
    """Return the labels of codes in a row, a capital at the start only."""
    named = [profile.label(list_id, code, language) for code in codes]
    return capital(", ".join(n[:1].lower() + n[1:] if i else n for i, n in enumerate(named)))


def who_words(minimum: Mapping[str, Any], profile: Profile, language: str) -> str:
    """Return age and sex as the minimum data set has them."""
    band = profile.label("age_group", minimum["age_group"], language)
    sex = profile.label("sex", minimum["sex"], language)
    treated = [text("referrals.minimum.child", language)] if minimum["child"] else []
    return capital(", ".join([band, sex[:1].lower() + sex[1:], *treated]))


def language_words(minimum: Mapping[str, Any], profile: Profile, language: str) -> str:
    """Return the languages, and whether an interpreter is needed."""
    spoken = ", ".join(profile.label("language", code, language) for code in minimum["languages"])
    needed = text("referrals.minimum.interpreter", language) if minimum["interpreter"] else ""
    return capital(", ".join(part for part in (spoken, needed) if part)) or text("layout.not_said", language)


def minimum_facts(minimum: Mapping[str, Any], profile: Profile, language: str) -> list[Fact]:
    """Return the minimum data set as terms and values, to be read aloud."""

    def fact(name: str, words: str, **more: Any) -> Fact:
        return {"term": text(f"referrals.minimum.{name}", language), "text": words, **more}

    facts = [
        fact("code", minimum["code"], code=True),
        fact("who", who_words(minimum, profile, language)),
        fact("language", language_words(minimum, profile, language)),
        fact("needs", labels(profile, "need_domain", minimum["needs"], language)),
    ]
    if minimum["services"]:
        facts.append(fact("services", labels(profile, "service_type", minimum["services"], language)))
    facts.append(fact("urgency", profile.label("urgency", minimum["urgency"], language)))
    facts.append(fact("safety", text(f"referrals.choices.safety.{minimum['safety']}", language)))
    return facts


def class_fact(data_class: str, language: str, note: str | None = None) -> Fact:
    """Return one data class with what it holds."""
    return {
        "term": text(f"classes.{data_class}", language),
        "text": text(f"referrals.class.{data_class}", language),
        "note": note,
    }


def preview_parts(found: Preview, message: str | None, unit: UnitOfWork, profile: Profile, language: str) -> list[Fact]:
    """Return the three parts of the `preview` macro: now, after accepting, never."""
    zone = profile.timezone
    after = []
    for one in found.after:
        basis = profile.label("consent_basis", one.basis, language)
        if one.valid_to is not None:
            day = last_day(one.valid_to, language, zone)
            note = text("referrals.preview.basis_until", language, basis=basis, day=day)
        else:
            when = dates.spoken(one.entry["given_at"], unit.now, language, zone)
            note = text("referrals.preview.basis", language, basis=basis, when=when)
        after.append(class_fact(one.data_class, language, note))
    opens = DataClass.MILESTONES in [one.data_class for one in found.after]
    if message and opens:
        after.append({"term": text("referrals.preview.message", language), "text": message, "note": None})
    if not after:
        after = [
            {
                "term": text("referrals.preview.after_nothing", language),
                "text": text("referrals.preview.after_nothing_text", language),
                "note": None,
            }
        ]
    return [
        _part("now", minimum_facts(found.minimum, profile, language), language),
        _part("after", after, language),
        _part("never", [class_fact(one, language) for one in found.never], language),
    ]


def _part(kind: str, facts: list[Fact], language: str) -> Fact:
    return {
        "kind": kind,
        "id": kind,
        "title": text(f"referrals.preview.{kind}", language),
        "text": text(f"referrals.preview.{kind}_text", language),
        "facts": facts,
    }


def reason_words(reason: Reason, language: str) -> str | None:
    """Return the words of a reason; None where nothing is known and nothing needs saying."""
    said = {True: "yes", False: "no", None: "unknown"}[reason.fits]
    key = f"referrals.reason.{said}.{reason.code}"
    return text(key, language, **{"n": 0, **reason.params}) if has_text(key) else None


def offer_option(offer: Offer, language: str, against: Sequence[str] = ()) -> dict[str, Any]:
    """Return a provider as a choice: its name, the reasons below it, and the rules it does not follow (`against`)."""
    words = [w for w in (reason_words(r, language) for r in offer.reasons) if w]
    duty = offer.org["duty_note"]
    hint = capital(" · ".join([*against, *words, *([duty] if duty else [])]))
    return {"value": str(offer.org["id"]), "label": offer.org[f"name_{language}"], "hint": hint or None}


def state_words(state: State, ours: bool, language: str) -> str:
    """Return how a referral stands, as its receiver (`ours`) or anybody else would say it."""
    own = f"referrals.ours.{state}"
    return text(own if ours and has_text(own) else f"referrals.state.{state}", language)


def queue_row(row: RowMapping, unit: UnitOfWork, profile: Profile, language: str, names: Names) -> dict[str, Any]:
    """Return one row of the `tasks` macro: verb first, the code and few traits, the deadline."""
    state = State(row["state"])
    ours = row["receiver_org_id"] == unit.actor.org_id
    other = row["sender_org_id"] if ours else row["receiver_org_id"]
    name = names.get(other, {}).get(language) if other else None
    if name is None:
        org = text("referrals.list.no_receiver", language)
    else:
        org = text(f"referrals.list.{'from' if ours else 'to'}", language, org=name)
    chip = None
    if state in AWAITING_ANSWER and row["answer_due_at"] is not None:
        chip = dates.due_chip(
            row["answer_due_at"], unit.now, language, row["answer_due_to_confirm"], None, profile.timezone
        )
    over = ours and state not in AWAITING_ANSWER and row["ended_at"] is not None
    title = org if over else labels(profile, "need_domain", row["needs"], language)
    if state in AWAITING_ANSWER and ours != (state is State.INFO_REQUESTED):
        title = text("referrals.list.answer", language, needs=title[:1].lower() + title[1:])
    meta = [state_words(state, ours, language)]
    if not over:
        meta = [org, profile.label("urgency", row["urgency"], language), *meta]
    return {
        "title": capital(title),
        "href": f"/referrals/{row['id']}",
        "code": row["minimum"].get("code") or row.get("case_code"),
        "meta": " · ".join(meta),
        "chip": chip,
    }


def steps_rows(found: Referral, unit: UnitOfWork, profile: Profile, language: str, names: Names) -> list[Fact]:
    """Return the steps of a referral as rows of when and what, the newest first."""
    rows = []
    for step in reversed(found.steps):
        org = names.get(step.row["org_id"], {}).get(language, "")
        words = text(f"referrals.act.{step.row['act']}", language, org=org)
        if step.row["act"] == "decline" and step.row["reason"]:
            words += f": {profile.label('referral_decline_reason', step.row['reason'], language)}"
        if step.message:
            words += f". {step.message}"
        when = capital(dates.spoken(step.row["at"], unit.now, language, profile.timezone))
        rows.append({"term": when, "text": words})
    return rows


def opens_words(classes: Sequence[str], language: str) -> str:
    """Return what accepting opens, in words."""
    if not classes:
        return text("referrals.read.accept_nothing", language)
    return text("referrals.read.accept_says", language, classes=class_words(list(classes), language))


def ids_of(rows: Sequence[RowMapping]) -> list[UUID | None]:
    """Return the organisations that rows of referrals name."""
    return [row[column] for row in rows for column in ("sender_org_id", "receiver_org_id")]
