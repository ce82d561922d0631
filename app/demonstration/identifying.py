"""How somebody is identified: the checklist, who took part, the decision with its reason; later the formal one."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from app.demonstration.case_book import id_at
from app.demonstration.opening import HOUR, MINUTE, acts_of, means_of
from app.demonstration.tale import Tale
from app.domain.aids import AidInput
from app.domain.code_lists import Age
from app.domain.indicator_sets import IndicatorSet
from app.domain.policy import DataClass
from app.domain.profile import Profile
from app.services.aids import kept, results, threshold_of
from app.services.case_facts import age_word

PATTERNS = 9
"""How many different findings there are for one form; what the aids say about each is worked out once."""

_SEEN = {
    "SEX": "AI01 AI02 AI03 AI12 AI16 AI23 AI28 AI30 AI36",
    "LAB": "AI03 AI06 AI09 AI12 AI22 AI24 AI25 AI26",
    "DOM": "AI01 AI09 AI12 AI15 AI22 AI33",
    "BEG": "AI08 AI13 AI14 AI23 AI27 AI31 AI37",
    "CRI": "AI11 AI13 AI16 AI23 AI32 AI36",
    "MAR": "AI04 AI15 AI16 AI20 AI34",
    "UNK": "AI07 AI10 AI35 AI36",
}
"""Indicators of the Albanian list that fit a form; of other lists any do."""
_REASONS = {
    "VMT": (
        "Tre tregues të vërtetuar në bisedë; dikush tjetër vendos për lëvizjet dhe paratë.",
        "Fëmija tregon vetë se paratë i merr një i rritur; shenjat përputhen me dëshminë.",
        "Premtim i rremë pune, dokumente të mbajtura dhe frikë nga kërcënimet.",
    ),
    "AT_RISK": ("Rrethanat janë shqetësuese, por nuk u gjet shfrytëzim i kryer; kërkohet ndjekje.",),
    "NO_INDICATION": ("Pas bisedës nuk u gjet asnjë tregues; u dha informacion për shërbimet.",),
}
_OVERRIDE = "Personi nuk mund të flasë ende për të gjitha; rrethanat në terren mjaftojnë për dyshim të arsyeshëm."


@dataclass(frozen=True, slots=True)
class Finding:
    """What the aids say about one pattern of answers."""

    kept: list[dict[str, Any]]
    found: int
    needed: int | None


@dataclass(slots=True)
class Findings:
    """What the aids say, worked out once for each pattern."""

    profile: Profile
    known: dict[tuple[str, str, int, str], Finding] = field(default_factory=dict)

    def of(self, age: str, form: str, pattern: int, result: str) -> Finding:
        """Return what the aids say about the answers of a pattern."""
        key = (age, form, pattern, result)
        if key not in self.known:
            treated: Age = "adult" if age == "adult" else "child"
            chosen = checklist(self.profile, treated)
            recorded = result != "NO_INDICATION"
            given = AidInput(
                age=cast(Age, age),
                answers={chosen.id: answers_of(chosen, treated, form, pattern, result)},
                act=acts_of(pattern) if recorded else (),
                means=means_of(pattern) if recorded and age == "adult" else (),
                purpose=(form,) if recorded else (),
                intent_stated=False,
            )
            found, needed = threshold_of(self.profile, given)
            self.known[key] = Finding([kept(one) for one in results(self.profile, given)], found, needed)
        return self.known[key]


def checklist(profile: Profile, age: Age) -> IndicatorSet:
    """Return the first set that the profile opens by itself for a person of that age."""
    return next(chosen for name in profile.set_use.default if (chosen := profile.set(name)).for_age(age))


def answers_of(chosen: IndicatorSet, age: Age, form: str, pattern: int, result: str) -> dict[str, str]:
    """Return the answers of a pattern: what was seen, what was not, what nobody asked."""
    codes = [one.code for one in chosen.indicators.values() if one.applies_to in ("both", age)]
    fitting = [code for code in _SEEN.get(form.partition("_")[0], _SEEN["UNK"]).split() if code in chosen.indicators]
    fitting = fitting or codes[: 8 + pattern]
    wanted = {"VMT": 4 + pattern % 3, "AT_RISK": 2, "NO_INDICATION": 0}[result]
    seen = [fitting[(pattern + step) % len(fitting)] for step in range(min(wanted, len(fitting)))]
    rest = [code for code in codes if code not in seen]
    answers = dict.fromkeys(seen, "yes")
    answers |= dict.fromkeys(rest[pattern::6][:5], "no")
    return answers | dict.fromkeys(rest[pattern + 2 :: 6][:2], "unknown")


def identify(tale: Tale, findings: Findings, at: datetime, pattern: int) -> datetime | None:
    """Tell the initial identification; returns when it was decided, None where it is not yet."""
    plan, book, case = tale.plan, tale.book, tale.case
    if tale.over(at):
        return None
    row_id = id_at(at)
    of_age = age_word(case["is_child"], case["age_group"])
    treated: Age = "child" if tale.child else "adult"
    chosen = checklist(tale.setting.profile, treated)
    police = tale.setting.workers.get("DEMO-POLICI-BERAT") if plan.county == "AL-01" and pattern % 3 == 0 else None
    book.event(
        "INITIAL_ID_STARTED", at, plan.opener, subject=("identification", row_id), age=of_age, police_present=False
    )
    book.audit("identification.record", at, plan.opener, ("identification", row_id))
    officer_id = _officer(tale, row_id, at, plan.opener.account_id, plan.opener.org_kind, plan.opener.org_id)
    if tale.child:
        told_at = tale.later(at, 20 * MINUTE, 110 * MINUTE)
        if not tale.over(told_at) and not (plan.late and tale.rng.random() < 0.5):
            book.event("CHILD_PROTECTION_NOTIFIED", told_at, plan.opener)
    if police is not None and not tale.over(at + 30 * MINUTE):
        _officer(tale, row_id, at + 30 * MINUTE, None, police.org_kind, police.org_id)
    answers = answers_of(chosen, treated, plan.form, pattern, plan.result)
    for code, answer in answers.items():
        observed = {"id": id_at(at), "set_id": chosen.id, "set_version": chosen.version, "code": code, "answer": answer}
        book.add(
            "casework.observation",
            **observed,
            identification_id=row_id,
            case_id=case["id"],
            org_id=plan.opener.org_id,
            account_id=plan.opener.account_id,
            officer_id=officer_id,
            observed_at=at,
            recorded_at=at,
            note=None,
        )
    decided_at = tale.later(at, 90 * MINUTE, 46 * HOUR if plan.late else 9 * HOUR)
    decided = plan.decided and not tale.over(decided_at)
    finding = findings.of(of_age, plan.form, pattern, plan.result)
    below = plan.result == "VMT" and finding.needed is not None and finding.found < finding.needed
    table = "casework.identification"
    book.add(
        table,
        id=row_id,
        case_id=case["id"],
        org_id=plan.opener.org_id,
        account_id=plan.opener.account_id,
        kind="initial",
        started_at=at,
        recorded_at=at,
        place=plan.municipality,
        border_circumstances=["BCP"] if plan.source == "BORDER_POLICE" else [],
        sets=[chosen.id],
        police_present=False,
        interpreter=tale.interpreter,
        refused_by_person="no" if plan.someone.named or tale.child else "yes",
        circumstances=None,
        intent_facts=None,
        state="decided" if decided else "started",
        result=plan.result if decided else None,
        decision_reason=book.seal(table, row_id, "decision_reason", tale.rng.choice(_REASONS[plan.result]))
        if decided
        else None,
        override_reason=book.seal(table, row_id, "override_reason", _OVERRIDE) if decided and below else None,
        aid_results=finding.kept if decided else [],
        decided_at=decided_at if decided else None,
        decided_by=plan.opener.account_id if decided else None,
        superseded_by=None,
        version=2 if decided else 1,
    )
    if not decided:
        return None
    threshold: dict[str, Any] = {} if finding.needed is None else {"threshold_met": not below}
    book.event(
        "INITIAL_ID_DECIDED",
        decided_at,
        plan.opener,
        subject=("identification", row_id),
        result=plan.result,
        age=of_age,
        refused=not plan.someone.named and not tale.child,
        reasoned=True,
        **threshold,
    )
    book.audit(
        "identification.decide",
        decided_at,
        plan.opener,
        ("identification", row_id),
        version=2,
        changed=["state", "result", "decided_at"],
        result=plan.result,
    )
    _tell_others(tale, decided_at)
    return decided_at


def _officer(tale: Tale, row_id: UUID, at: datetime, account_id: UUID | None, kind: str, org_id: UUID) -> UUID:
    officer_id = id_at(at)
    roles = {"POLICE": "police", "MOBILE_UNIT": "social_worker", "CENTRE_SOCIAL_WORK": "social_worker"}
    tale.book.add(
        "casework.identification_officer",
        id=officer_id,
        identification_id=row_id,
        case_id=tale.case["id"],
        org_id=org_id,
        account_id=account_id,
        organisation_kind=kind,
        role=roles.get(kind, "other"),
        joined_at=at,
        added_by=tale.plan.opener.account_id,
    )
    if account_id is None:
        tale.book.event(
            "identification_officer_joined",
            at,
            tale.plan.opener,
            data_class=DataClass.IDENTIFICATION,
            subject=("identification", row_id),
            organisation_kind=kind,
            role="police",
        )
    return officer_id


def _tell_others(tale: Tale, decided_at: datetime) -> None:
    """The Responsible Authority and the police are told within a day, sometimes later; Kosovo assesses the risk."""
    risk = ("RISK_ASSESSED",) if tale.setting.jurisdiction == "XK" else ()
    for kind in ("RA_NOTIFIED", "POLICE_NOTIFIED", *risk):
        at = tale.later(decided_at, HOUR, 40 * HOUR if tale.plan.late else 20 * HOUR)
        if not tale.over(at) and not (tale.plan.late and tale.rng.random() < 0.4):
            tale.book.event(kind, at, tale.plan.opener)


def identify_formally(tale: Tale, at: datetime) -> None:
    """Tell the formal identification that the person asked for: an interview, then a decision by the authority."""
    plan, book = tale.plan, tale.book
    authority = tale.setting.authority
    if plan.formal is None or authority is None or tale.over(at):
        return
    of_age = age_word(tale.case["is_child"], tale.case["age_group"])
    book.event("FORMAL_REQUESTED", at, plan.opener)
    interviewed_at = tale.later(at, timedelta(days=7), timedelta(days=25))
    if tale.over(interviewed_at):
        return
    book.event("FORMAL_INTERVIEWED", interviewed_at, authority)
    decided_at = tale.later(interviewed_at, timedelta(days=10), timedelta(days=40))
    if plan.formal != "asked" and not tale.over(decided_at):
        book.event("FORMAL_DECIDED", decided_at, authority, result=plan.formal, age=of_age, reasoned=True)
