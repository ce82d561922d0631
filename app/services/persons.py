"""The vault's use cases: keep a person, read, correct, search, propose and decide duplicates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping, and_, insert, or_, select, text, update

from app.domain.forms.cases import CorrectPerson, DecideDuplicate, Identity, SearchPersons
from app.domain.forms.fields import check_codes
from app.domain.ids import uuid7
from app.domain.names import Query, Score, Token, identity_tokens, query_tokens, score
from app.domain.policy import DataClass
from app.domain.problems import Conflict, Invalid, NotFound
from app.services.case_facts import case_facts, check_identity, names_somebody
from app.services.reference import organisation_names
from app.services.unit_of_work import UnitOfWork
from app.storage.cases import case_file
from app.storage.encryption import DataKey, associated, seal_json, unseal_json
from app.storage.key_provider import WrappedKey
from app.storage.persons import duplicate, person, person_version

TABLE = "vault.person"
VERSIONS = "vault.person_version"
SHOWN_FROM = 45
"""Least score (0 to 100) of a hit that is shown."""
PROPOSED_FROM = 70
"""Least score of a pair that is proposed as the same person."""
CERTAIN_FROM = 90
"""Least score of a pair that is called likely and not only possible."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One possible match. Outside the actor's grants only `ask` (an organisation's name by language) is told."""

    score: Score
    person_id: UUID | None
    case_id: UUID | None
    identity: Identity | None
    ask: Mapping[str, str] | None


def blind_tokens(unit: UnitOfWork, identity: Identity) -> list[int]:
    """Return the blind-index tokens of a person."""
    found = identity_tokens(
        [identity.given_names or ""],
        [identity.family_names or ""],
        identity.aliases,
        identity.birth_year,
        [d.number for d in identity.documents],
    )
    return unit.program.index(unit.actor.jurisdiction).tokens(token.text() for token in found)


def keep_person(unit: UnitOfWork, identity: Identity) -> UUID:
    """Store a new person under a key of their own; returns the id. The caller opens the case and audits."""
    person_id = uuid7()
    data_key, wrapped = unit.program.keyring.new_data_key("person", person_id)
    unit.add(
        person,
        id=person_id,
        jurisdiction=unit.actor.jurisdiction,
        org_id=unit.actor.org_id,
        created_by=unit.actor.account_id,
        identity=seal_json(data_key, identity.model_dump(mode="json"), associated(TABLE, "identity", person_id)),
        wrapped_key=wrapped.blob,
        key_version=wrapped.version,
        tokens=blind_tokens(unit, identity),
    )
    return person_id


def _key_of(unit: UnitOfWork, row: RowMapping) -> DataKey:
    wrapped = WrappedKey(row["key_version"], row["wrapped_key"]) if row["wrapped_key"] else None
    return unit.program.keyring.open("person", row["id"], wrapped)


def open_identity(unit: UnitOfWork, row: RowMapping) -> Identity:
    """Return who a row of the vault is of; the caller audits the look."""
    opened = unseal_json(_key_of(unit, row), row["identity"], associated(TABLE, "identity", row["id"]))
    return Identity.model_validate(opened)


async def _person(unit: UnitOfWork, person_id: UUID, *, lock: bool = False) -> RowMapping:
    query = select(person).where(person.c.id == person_id)
    row: RowMapping | None = (await unit.execute(query.with_for_update() if lock else query)).mappings().first()
    if row is None:
        raise NotFound("person.unknown")
    return row


async def _persons(unit: UnitOfWork, ids: Sequence[UUID]) -> dict[UUID, RowMapping]:
    """Return the rows of persons the actor may see, by id, in one round trip."""
    if not ids:
        return {}
    columns = (person.c.id, person.c.identity, person.c.wrapped_key, person.c.key_version)
    rows = (await unit.execute(select(*columns).where(person.c.id.in_(ids)))).mappings()
    return {row["id"]: row for row in rows}


async def read_identity(unit: UnitOfWork, case_id: UUID) -> tuple[RowMapping, Identity]:
    """Return the identity behind a case: (person row with `version`, identity). Audited as a read of identity."""
    case = await unit.case(case_id, "person.read")
    if case["person_id"] is None:
        raise NotFound("person.without_identity", case_id=case_id)
    row = await _person(unit, case["person_id"])
    unit.audit("person.read", subject_kind="person", subject_id=row["id"], cases=[case_id], persons=[row["id"]])
    return row, open_identity(unit, row)


async def correct_person(unit: UnitOfWork, case_id: UUID, form: CorrectPerson, expected: int | None) -> int:
    """Correct or complete who the person is; the earlier state is kept sealed. Returns the new version.

    What the case file shows of the person (sex, age group, child, citizenship group) follows in the same
    transaction. Where a person who wished to stay unnamed now gives a name, the vault's record begins here
    (version 1; no version is expected then).
    """
    case = await unit.case(case_id, "person.correct", lock=True)
    check_codes(form, unit.profile_of(case))
    check_identity(form.identity, unit.now.date())
    if case["person_id"] is None:
        version, changed, person_id = 1, ["identity"], None
        if names_somebody(form.identity):
            person_id = keep_person(unit, form.identity)
    else:
        person_id = case["person_id"]
        version, changed = await _new_version(unit, person_id, form, expected)
    await _follow(unit, case, form, person_id)
    if person_id is not None:
        await _propose_new(unit, person_id, form.identity)
    unit.audit(
        "person.correct",
        subject_kind="person",
        subject_id=person_id,
        version=version,
        cases=[case_id],
        persons=[person_id] if person_id else [],
        changed=changed,
        reason=form.reason,
    )
    return version


async def _new_version(
    unit: UnitOfWork, person_id: UUID, form: CorrectPerson, expected: int | None
) -> tuple[int, list[str]]:
    row = await _person(unit, person_id, lock=True)
    await unit.check_version(row["id"], row["version"], expected)
    before, data_key = open_identity(unit, row), _key_of(unit, row)
    changed = sorted(n for n in Identity.model_fields if getattr(before, n) != getattr(form.identity, n))
    if not changed and form.languages is None and form.interpreter_needed is None:
        raise Conflict("person.nothing_changed")
    version_id = uuid7()
    await unit.execute(
        insert(person_version).values(
            id=version_id,
            person_id=row["id"],
            number=row["version"],
            identity=seal_json(data_key, before.model_dump(mode="json"), associated(VERSIONS, "identity", version_id)),
            changed=changed,
            account_id=unit.actor.account_id,
            org_id=unit.actor.org_id,
            reason=form.reason,
        )
    )
    sealed = seal_json(data_key, form.identity.model_dump(mode="json"), associated(TABLE, "identity", row["id"]))
    await unit.execute(
        update(person)
        .where(person.c.id == row["id"])
        .values(identity=sealed, tokens=blind_tokens(unit, form.identity), version=row["version"] + 1)
    )
    return int(row["version"]) + 1, changed


async def learn_age(unit: UnitOfWork, case: RowMapping, changes: Mapping[str, object]) -> bool:
    """Keep what an age assessment lets one know with the person; the earlier state stays, sealed, as a version.

    `changes` are fields of `Identity`. True where something changed; the case file's own codes are the caller's.
    """
    row = await _person(unit, case["person_id"], lock=True)
    identity = open_identity(unit, row)
    wanted = identity.model_copy(update=dict(changes))
    if wanted == identity:
        return False
    form = CorrectPerson(identity=wanted, reason="age_assessed")
    version, changed = await _new_version(unit, row["id"], form, row["version"])
    unit.audit(
        "person.correct",
        subject_kind="person",
        subject_id=row["id"],
        version=version,
        cases=[case["id"]],
        persons=[row["id"]],
        changed=changed,
        reason="age_assessed",
    )
    return True


async def identity_for(unit: UnitOfWork, case: RowMapping, purpose: str) -> Identity | None:
    """Return the identity for a rule that needs it (`purpose` says which), None where the actor may not see it."""
    if case["person_id"] is None or not await unit.may_see(case["id"], DataClass.IDENTITY):
        return None
    row = await _person(unit, case["person_id"])
    unit.audit(
        "person.read",
        subject_kind="person",
        subject_id=row["id"],
        cases=[case["id"]],
        persons=[row["id"]],
        purpose=purpose,
    )
    return open_identity(unit, row)


async def _follow(unit: UnitOfWork, case: RowMapping, form: CorrectPerson, person_id: UUID | None) -> None:
    """Let the case file follow: its codes about the person are derived, never typed twice."""
    profile = unit.profile_of(case)
    on = case["opened_at"].astimezone(ZoneInfo(profile.timezone)).date()
    values = case_facts(profile, form.identity, on)
    if form.languages is not None:
        values["languages"] = list(form.languages)
    if form.interpreter_needed is not None:
        values["interpreter_needed"] = form.interpreter_needed
    if case["person_id"] is None and person_id is not None:
        values |= {"person_id": person_id, "without_identity": False}
    if any(case[name] != value for name, value in values.items()):
        await unit.execute(
            update(case_file).where(case_file.c.id == case["id"]).values(**values, version=case["version"] + 1)
        )


async def _matches(unit: UnitOfWork, query: Query, at_most: int) -> list[tuple[RowMapping, Score]]:
    tokens = query_tokens(query)
    index = unit.program.index(unit.actor.jurisdiction)
    by_number: dict[int, Token] = {index.token(token.text()): token for token in tokens.all}
    if not by_number:
        return []
    wanted = [(index.token(token.text()), word) for token, word in tokens.words()]
    rows = await unit.execute(
        text("select * from vault.search(cast(:wanted as bigint[]), cast(:words as integer[]), :most)"),
        {"wanted": [number for number, _ in wanted], "words": [word for _, word in wanted], "most": at_most},
    )
    scored = [(row, score(tokens, {by_number[n] for n in row["matched"]})) for row in rows.mappings()]
    return sorted(scored, key=lambda pair: -pair[1].value)


async def search_persons(unit: UnitOfWork, form: SearchPersons, *, limit: int = 20) -> list[Hit]:
    """Search before registering; names tolerate Albanian and Serbian spelling.

    Inside one's grants a hit shows the person, outside only which organisation to ask. What was searched for is
    written nowhere.
    """
    if not (form.text or form.birth_year or form.document):
        raise Invalid.one("text", "search.nothing_given")
    query = Query(text=form.text or "", birth_year=form.birth_year, document=form.document or "")
    found = [(r, s) for r, s in await _matches(unit, query, limit * 3) if s.value >= SHOWN_FROM][:limit]
    names = await organisation_names(unit, [r["ask_org_id"] for r, _ in found])
    hits: list[Hit] = []
    kept = await _persons(unit, [row["person_id"] for row, _ in found if row["seen"]])
    for row, graded in found:
        if row["seen"]:
            identity = open_identity(unit, kept[row["person_id"]])
            hits.append(Hit(graded, row["person_id"], row["case_id"], identity, None))
        else:
            hits.append(Hit(graded, None, None, None, names.get(row["ask_org_id"], {})))
    unit.audit(
        "person.search",
        cases=[h.case_id for h in hits if h.case_id],
        persons=[h.person_id for h in hits if h.person_id],
        shown=sum(h.person_id is not None for h in hits),
        elsewhere=sum(h.person_id is None for h in hits),
    )
    return hits


Likely = list[tuple[UUID, Score]]
"""Other persons that may be the same, with the score of each."""


async def likely_the_same(unit: UnitOfWork, identity: Identity, known: UUID | None = None) -> Likely:
    """Return persons likely to be the same as `identity`; `known` is the person themself, where already kept."""
    query = Query(
        given=identity.given_names or "",
        family=identity.family_names or "",
        birth_year=identity.birth_year,
        document=identity.documents[0].number if identity.documents else "",
    )
    found = await _matches(unit, query, 10)
    return [
        (row["person_id"], graded)
        for row, graded in found
        if row["person_id"] != known and graded.value >= PROPOSED_FROM and len(graded.reasons) > 1
    ]


def propose(unit: UnitOfWork, person_id: UUID, likely: Likely) -> None:
    """Propose pairs as the same person, with reasons; a person decides."""
    for other, graded in likely:
        first, second = sorted([person_id, other])
        unit.add(
            duplicate,
            id=uuid7(),
            jurisdiction=unit.actor.jurisdiction,
            person_id=first,
            other_id=second,
            level="likely" if graded.value >= CERTAIN_FROM else "possible",
            reasons=list(graded.reasons),
        )


async def _propose_new(unit: UnitOfWork, person_id: UUID, identity: Identity) -> None:
    """Propose what was not proposed before, after a correction."""
    likely = await likely_the_same(unit, identity, person_id)
    pairs = select(duplicate.c.person_id, duplicate.c.other_id).where(
        or_(duplicate.c.person_id == person_id, duplicate.c.other_id == person_id)
    )
    before = {i for row in await unit.execute(pairs) for i in row}
    propose(unit, person_id, [(other, graded) for other, graded in likely if other not in before])


async def duplicates_of(unit: UnitOfWork, case_id: UUID) -> list[RowMapping]:
    """Return the open proposals about the person of a case."""
    case = await unit.case(case_id, "duplicate.decide")
    query = select(duplicate).where(
        or_(duplicate.c.person_id == case["person_id"], duplicate.c.other_id == case["person_id"]),
        duplicate.c.state == "proposed",
    )
    rows = list((await unit.execute(query)).mappings())
    unit.audit(
        "duplicate.decide", cases=[case_id], persons=[case["person_id"]] if case["person_id"] else [], shown=len(rows)
    )
    return rows


async def decide_duplicate(
    unit: UnitOfWork, case_id: UUID, duplicate_id: UUID, form: DecideDuplicate, expected: int | None
) -> RowMapping:
    """Decide a proposal. The same person: the case's earlier episode is linked, both records stay as they are."""
    case = await unit.case(case_id, "duplicate.decide", lock=True)
    query = select(duplicate).where(
        duplicate.c.id == duplicate_id,
        or_(duplicate.c.person_id == case["person_id"], duplicate.c.other_id == case["person_id"]),
    )
    row: RowMapping | None = (await unit.execute(query.with_for_update())).mappings().first()
    if row is None:
        raise NotFound("duplicate.unknown")
    await unit.check_version(duplicate_id, row["version"], expected)
    if row["state"] != "proposed":
        raise Conflict("duplicate.decided")
    values: dict[str, Any] = {
        "state": "same" if form.same else "different",
        "decided_by": unit.actor.account_id,
        "decided_at": unit.now,
        "version": row["version"] + 1,
    }
    await unit.execute(update(duplicate).where(duplicate.c.id == duplicate_id).values(values))
    if form.same:
        await _link_episodes(unit, case, row["other_id"] if row["person_id"] == case["person_id"] else row["person_id"])
    unit.audit(
        "duplicate.decide",
        subject_kind="duplicate",
        subject_id=duplicate_id,
        version=row["version"] + 1,
        cases=[case_id],
        persons=[row["person_id"], row["other_id"]],
        changed=["state"],
        same=form.same,
    )
    return row


async def _link_episodes(unit: UnitOfWork, case: RowMapping, other_person: UUID) -> None:
    """Link this episode to the other record's latest one, where the actor may see it."""
    query = (
        select(case_file.c.id)
        .where(and_(case_file.c.person_id == other_person, case_file.c.id != case["id"]))
        .order_by(case_file.c.id.desc())
        .limit(1)
    )
    earlier = (await unit.execute(query)).scalar()
    if earlier is not None and case["previous_case_id"] is None:
        await unit.execute(update(case_file).where(case_file.c.id == case["id"]).values(previous_case_id=earlier))
