"""How a case begins: a signal, the registration with urgent needs first, rights, what was done to the person."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app.demonstration.case_book import id_at
from app.demonstration.proportions import CHANNELS, pick
from app.demonstration.setting import Worker
from app.demonstration.tale import Tale
from app.domain.names import identity_tokens
from app.domain.policy import DataClass
from app.services.case_facts import age_word, case_facts
from app.services.cases import OPENING_CLASSES
from app.storage.encryption import associated, seal_json

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
IDENTIFICATION = DataClass.IDENTIFICATION

_SUMMARIES = (
    "Telefonuesi tregon për një person që punon pa pagë dhe nuk lejohet të dalë.",
    "Një fëmijë lyp çdo ditë pranë stacionit; paratë ia merr një i rritur.",
    "Dy të reja në një banesë; dikush tjetër u mban dokumentet.",
    "Mësuesja vuri re mungesa të gjata dhe frikë nga një i afërm.",
    "Punëtori u ankua se i kanë marrë pasaportën dhe nuk e paguajnë.",
)
_NEEDS_NOTES = ("Ka nevojë për mjek.", "Nuk ka ku të flejë sonte.", "Ka frikë se po e kërkojnë.", None, None)
_NARRATIVES = (
    "E çojnë çdo mëngjes në të njëjtin vend dhe i marrin paratë në mbrëmje.",
    "I premtuan punë në një lokal; dokumentet ia morën ditën e parë.",
    "U njohën në internet; pas dy javësh e detyruan të presë klientë.",
    "Punonte gjithë ditën pa pushim dhe flinte në vendin e punës.",
    "Borxhi i udhëtimit rritej çdo muaj dhe nuk mund të largohej.",
)
_MEANS = (("DECEPTION",), ("ABUSE_OF_VULNERABILITY",), ("THREAT_OR_FORCE", "DECEPTION"))
_ACTS = (("RECRUITMENT", "TRANSPORTATION"), ("RECEIPT", "HARBOURING"), ("RECRUITMENT",))
_SECTORS = {
    "LAB_WORKPLACE": ("ISIC_F", "ISIC_A", "ISIC_I"),
    "DOM_EMPLOYER": ("ISIC_T",),
    "LAB_STREET_SELLING": ("ISIC_G",),
}


def begin(tale: Tale) -> None:
    """Tell the beginning: signal, registration and what was said about rights."""
    plan = tale.plan
    case_id = id_at(plan.opened_at)
    _register(tale, case_id)
    if plan.signalled:
        _signal(tale, case_id)
    _needs(tale, plan.opened_at)
    _inform(tale, tale.later(plan.opened_at, 10 * MINUTE, 50 * MINUTE))


def _register(tale: Tale, case_id: UUID) -> None:
    plan, profile, book = tale.plan, tale.setting.profile, tale.book
    on = plan.opened_at.astimezone(ZoneInfo(profile.timezone)).date()
    identity = plan.someone.identity
    person_id = _keep_person(tale) if plan.someone.named else None
    danger = tale.rng.choices(("no", "yes", "unknown"), (7, 2, 1))[0]
    case: dict[str, Any] = {
        "id": case_id,
        "code": tale.setting.new_code(on.year),
        "jurisdiction": profile.jurisdiction,
        "profile_version": profile.version,
        "person_id": person_id,
        "previous_case_id": None,
        "opened_at": plan.opened_at,
        "opened_org_id": plan.opener.org_id,
        "opened_by": plan.opener.account_id,
        "responsible_org_id": plan.opener.org_id,
        "responsible_account_id": plan.opener.account_id,
        "municipality": plan.municipality,
        "county": plan.county,
        **case_facts(profile, identity, on),
        "languages": list(plan.someone.languages),
        "interpreter_needed": plan.someone.interpreter,
        "urgency": plan.urgency,
        "immediate_danger": {"yes": True, "no": False}.get(danger),
        "without_identity": person_id is None,
        "detection_source": plan.source,
        "state": "open",
        "main_form": None,
        "forms": [],
        "closed_at": None,
        "closure_reason": None,
        "version": 1,
    }
    book.open(case, plan.opened_at)
    book.grant(plan.opener.org_id, OPENING_CLASSES, "opening", plan.opened_at, plan.opener)
    persons = [person_id] if person_id else []
    book.audit("case.register", plan.opened_at, plan.opener, ("case", case_id), persons=persons, duplicates=0)
    needs = list(tale.rng.choice((("HEALTH",), ("ACCOMMODATION", "SAFETY"), ("BASIC_NEEDS",), ("SAFETY",), ())))
    needs_id = id_at(plan.opened_at)
    book.add(
        "casework.urgent_needs",
        id=needs_id,
        case_id=case_id,
        org_id=plan.opener.org_id,
        account_id=plan.opener.account_id,
        assessed_at=plan.opened_at,
        danger=danger,
        needs=needs,
        met=needs[:1],
        note=book.seal("casework.urgent_needs", needs_id, "note", tale.rng.choice(_NEEDS_NOTES)),
    )


def _keep_person(tale: Tale) -> UUID:
    plan, identity = tale.plan, tale.plan.someone.identity
    person_id = id_at(plan.opened_at)
    data_key, wrapped = tale.keyring.new_data_key("person", person_id)
    found = identity_tokens(
        [identity.given_names or ""],
        [identity.family_names or ""],
        identity.aliases,
        identity.birth_year,
        [d.number for d in identity.documents],
    )
    place = associated("vault.person", "identity", person_id)
    tale.book.add(
        "vault.person",
        id=person_id,
        jurisdiction=tale.setting.jurisdiction,
        org_id=plan.opener.org_id,
        created_by=plan.opener.account_id,
        created_at=plan.opened_at,
        identity=seal_json(data_key, identity.model_dump(mode="json"), place),
        wrapped_key=wrapped.blob,
        key_version=wrapped.version,
        tokens=tale.index.tokens(token.text() for token in found),
        version=1,
    )
    return person_id


def _signal(tale: Tale, case_id: UUID) -> None:
    plan, channels = tale.plan, CHANNELS[tale.setting.jurisdiction]
    channel = pick(tale.rng, channels)
    received_at = tale.later(plan.opened_at, -30 * HOUR, -1 * HOUR)
    called = tale.setting.helpline if channel.startswith(("HELPLINE", "APP")) else None
    taker = called or plan.opener
    signal_id = write_signal(
        tale,
        taker,
        channel,
        received_at,
        outcome="case_opened",
        case_id=case_id,
        passed_to=plan.opener if called else None,
        triaged_at=plan.opened_at,
    )
    tale.book.event("SIGNAL_RECEIVED", received_at, plan.opener, subject=("signal", signal_id))


def write_signal(
    tale: Tale,
    taker: Worker,
    channel: str,
    received_at: datetime,
    *,
    outcome: str | None = None,
    case_id: UUID | None = None,
    passed_to: Worker | None = None,
    triaged_at: datetime | None = None,
) -> UUID:
    """Write a signal with its narrative sealed under its own key; returns its id."""
    plan, rng = tale.plan, tale.rng
    signal_id = id_at(received_at)
    data_key, wrapped = tale.keyring.new_data_key("signal", signal_id)
    anonymous = rng.random() < 0.3
    summary = seal_json(data_key, rng.choice(_SUMMARIES), associated("casework.signal", "summary", signal_id))
    contact = f"Telefon {rng.randrange(1000):03d}, vetëm paradite"
    state = "received" if outcome is None else "passed_on" if outcome == "passed_on" else "triaged"
    triager = passed_to or taker
    tale.book.add(
        "casework.signal",
        id=signal_id,
        jurisdiction=tale.setting.jurisdiction,
        org_id=taker.org_id,
        account_id=taker.account_id,
        channel=channel,
        source=plan.source,
        received_at=received_at,
        recorded_at=received_at,
        anonymous=anonymous,
        place=plan.municipality,
        urgency=plan.urgency,
        immediate_danger=None,
        child_suspected=plan.someone.child,
        sex=plan.someone.sex,
        persons=1,
        suspected_forms=[] if plan.form == "UNK" else [plan.form],
        counselling=["RIGHTS"] if rng.random() < 0.4 else [],
        summary=summary,
        reporter_contact=None
        if anonymous
        else seal_json(data_key, contact, associated("casework.signal", "reporter_contact", signal_id)),
        wrapped_key=wrapped.blob,
        key_version=wrapped.version,
        state=state,
        outcome=outcome,
        passed_to_org_id=passed_to and passed_to.org_id,
        triaged_at=triaged_at,
        triaged_by=triager.account_id if triaged_at else None,
        case_id=case_id,
        version=2 if outcome else 1,
    )
    tale.book.audit("signal.record", received_at, taker, ("signal", signal_id), channel=channel)
    return signal_id


def _needs(tale: Tale, at: datetime) -> None:
    plan, case = tale.plan, tale.case
    years = age_word(case["is_child"], case["age_group"])
    tale.book.event("FIRST_CONTACT", at, plan.opener, age=years, urgency=plan.urgency)
    met_at = tale.later(at, 5 * MINUTE, 110 * MINUTE if not plan.late else 300 * MINUTE)
    if not tale.over(met_at) and not (plan.late and tale.rng.random() < 0.3):
        tale.book.event("URGENT_NEEDS_MET", met_at, plan.opener)


def _inform(tale: Tale, at: datetime) -> None:
    plan, book = tale.plan, tale.book
    if tale.over(at):
        return
    given_id = id_at(at)
    book.add(
        "casework.information_given",
        id=given_id,
        case_id=tale.case["id"],
        org_id=plan.opener.org_id,
        account_id=plan.opener.account_id,
        given_at=at,
        topics=["RIGHTS", "SERVICES", "LEGAL_AID"],
        language=tale.language,
        interpreter=tale.interpreter,
        child_friendly=tale.child,
        guardian_present=None,
        note=None,
    )
    book.event("RIGHTS_EXPLAINED", at, plan.opener, subject=("information", given_id))
    book.audit("information.record", at, plan.opener, ("information", given_id), version=None)


def record_exploitation(tale: Tale, at: datetime, pattern: int) -> None:
    """Record what was done to the person; `pattern` picks acts and means."""
    plan, book, rng = tale.plan, tale.book, tale.rng
    if tale.over(at):
        return
    row_id = id_at(at)
    began = plan.opened_at - timedelta(days=rng.randint(40, 500))
    abroad = rng.random() < (0.7 if plan.someone.foreign else 0.22)
    scope = ("TRANSNATIONAL_IN" if plan.someone.foreign else "TRANSNATIONAL_OUT") if abroad else "INTERNAL"
    online = plan.form in ("SEX_REMOTE", "SEX_PORNOGRAPHY") or rng.random() < 0.2
    related = plan.form.startswith("BEG") or plan.form == "MAR_CHILD"
    recruiters = (
        ("PARENT", "OTHER_RELATIVE") if related else ("INTIMATE_PARTNER", "ACQUAINTANCE", "EMPLOYER", "ONLINE_CONTACT")
    )
    book.add(
        "casework.exploitation",
        id=row_id,
        case_id=tale.case["id"],
        org_id=plan.opener.org_id,
        account_id=plan.opener.account_id,
        recorded_at=at,
        acts=list(acts_of(pattern)),
        means=[] if tale.child else list(means_of(pattern)),
        forms=[plan.form],
        main_form=plan.form,
        scope=scope,
        countries=[rng.choice(("IT", "GR", "DE", "GB"))] if abroad else [],
        place=plan.municipality,
        from_year=began.year,
        from_month=began.month if rng.random() < 0.8 else None,
        to_year=None,
        to_month=None,
        ongoing=rng.choice((True, None)),
        sectors=[rng.choice(_SECTORS[plan.form])] if plan.form in _SECTORS else [],
        online="yes" if online else "no",
        online_platforms=[rng.choice(("FACEBOOK", "INSTAGRAM", "TIKTOK"))] if online else [],
        recruitment_channels=[],
        recruitment_promises=[rng.choice(("FALSE_JOB", "MARRIAGE", "MONEY"))] if rng.random() < 0.5 else [],
        recruiter_relationships=[rng.choice(recruiters)],
        control_methods=rng.sample(("TAKES_EARNINGS", "THREATS_PERSON", "SURVEILLANCE", "WITHHOLDS_DOCUMENTS"), 2),
        narrative=book.seal("casework.exploitation", row_id, "narrative", rng.choice(_NARRATIVES)),
        superseded_by=None,
        version=1,
    )
    tale.case.update(main_form=plan.form, forms=[plan.form])
    book.event(
        "exploitation_recorded",
        at,
        plan.opener,
        data_class=IDENTIFICATION,
        subject=("exploitation", row_id),
        main_form=plan.form,
        corrects_id=None,
    )
    book.audit("exploitation.record", at, plan.opener, ("exploitation", row_id))


def acts_of(pattern: int) -> tuple[str, ...]:
    """Return the acts of a pattern."""
    return _ACTS[pattern % len(_ACTS)]


def means_of(pattern: int) -> tuple[str, ...]:
    """Return the means of a pattern."""
    return _MEANS[pattern // 3 % len(_MEANS)]
