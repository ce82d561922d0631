"""Reading the consent ledger: what it says about a receiver, and who would lose what where a word changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, select, text

from app.domain.consent import Answer, Consent, LiveShare, Receiver, Recipient
from app.domain.policy import DataClass
from app.domain.referrals import AWAITING_ANSWER, TAKEN_ON, sharing_purpose
from app.services.unit_of_work import UnitOfWork
from app.storage.consents import consent
from app.storage.organisations import organisation
from app.storage.referrals import referral

LIVE = tuple(state.value for state in AWAITING_ANSWER | TAKEN_ON)


async def lock_sharing(unit: UnitOfWork, case_id: UUID) -> datetime:
    """Let one transaction at a time change who may see a case; returns the moment from which it holds the case.

    A withdrawal and an acceptance of one instant would otherwise each miss the other. The moment is later than any
    word that was committed before: the transaction's own time may lie before a withdrawal it has waited for.
    """
    await unit.execute(text("select pg_advisory_xact_lock(7236121, hashtext(:case))"), {"case": str(case_id)})
    at: datetime = (await unit.execute(text("select clock_timestamp()"))).scalar_one()
    return at


def recipient_of(org_id: UUID | None, kind: str | None, country: str | None) -> Recipient | None:
    """Return whom an entry names: an organisation, any of a kind, a country, or nobody."""
    if org_id is not None:
        return Recipient("organisation", str(org_id))
    if kind is not None:
        return Recipient("organisation_kind", kind)
    return None if country is None else Recipient("country", country)


def entry_of(row: RowMapping) -> Consent:
    """Return a row of the ledger as the rules of consent see it; sealed parts take no part in what it covers."""
    return Consent(
        id=row["id"],
        purpose=row["purpose"],
        answer=Answer(row["answer"]),
        basis=row["basis"] or "",
        valid_from=row["given_at"],
        recipient=recipient_of(row["recipient_org_id"], row["recipient_kind"], row["recipient_country"]),
        data_classes=frozenset(DataClass(c) for c in row["data_classes"]),
        valid_to=row["valid_to"],
        withdrawn_at=row["withdrawn_at"],
        language=row["language"] or "",
        text_version=row["text_version"] or "",
        form=row["form"] or "",
    )


def receiver_of(org: RowMapping) -> Receiver:
    """Return an organisation as a receiver."""
    return Receiver(str(org["id"]), frozenset({org["kind"]}))


async def words_about(unit: UnitOfWork, case_id: UUID, org_id: UUID) -> list[RowMapping]:
    """Return the entries that name an organisation or its kind, without anything sealed, the newest first.

    For who sends, passes on or accepts a referral; the casework of the case need not be open to them.
    """
    query = text("select * from casework.consent_words(:case, :org) order by given_at desc, id desc")
    return list((await unit.execute(query, {"case": case_id, "org": org_id})).mappings())


async def whole_ledger(unit: UnitOfWork, case_id: UUID) -> list[RowMapping]:
    """Return every entry of a case that the actor may see, the newest first."""
    query = select(consent).where(consent.c.case_id == case_id).order_by(consent.c.given_at.desc(), consent.c.id.desc())
    return list((await unit.execute(query)).mappings())


@dataclass(frozen=True, slots=True)
class Shares:
    """The referrals of a case that show data or will, as rows (locked where asked) and as the rules see them."""

    rows: Sequence[RowMapping]
    shares: Sequence[LiveShare]

    def chosen(self, ids: Sequence[UUID]) -> list[RowMapping]:
        """Return the rows of the given referrals."""
        return [row for row in self.rows if row["id"] in ids]


async def live_shares(unit: UnitOfWork, case_id: UUID, *, lock: bool = False) -> Shares:
    """Return the referrals of a case that were sent and have not ended."""
    query = (
        select(referral, organisation.c.kind.label("receiver_kind"))
        .join(organisation, organisation.c.id == referral.c.receiver_org_id)
        .where(referral.c.case_id == case_id, referral.c.state.in_(LIVE))
        .order_by(referral.c.id)
    )
    rows = list((await unit.execute(query.with_for_update(of=referral) if lock else query)).mappings())
    shares = [
        LiveShare(
            referral=row["id"],
            purpose=sharing_purpose(row["receiver_kind"]),
            receiver=Receiver(str(row["receiver_org_id"]), frozenset({row["receiver_kind"]})),
            data_classes=frozenset(DataClass(c) for c in row["shared_classes"]),
        )
        for row in rows
    ]
    return Shares(rows, shares)
