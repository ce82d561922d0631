"""What the ledger carries for one receiver at one moment, class by class, with the entry each class rests on."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping

from app.domain.consent import Consent, Receiver, covering
from app.domain.policy import DataClass
from app.domain.referrals import sharing_purpose
from app.services.consent_ledger import entry_of, receiver_of, words_about
from app.services.unit_of_work import CaseRow, UnitOfWork

NOBODY: Final = Receiver("")


@dataclass(frozen=True, slots=True)
class Covered:
    """One data class and the entry of the ledger that carries it."""

    data_class: DataClass
    entry: RowMapping

    @property
    def basis(self) -> str:
        """A code of `consent_basis`."""
        return str(self.entry["basis"])

    @property
    def valid_to(self) -> datetime | None:
        """When it ends by itself, None where it has no end."""
        end: datetime | None = self.entry["valid_to"]
        return end


@dataclass(frozen=True, slots=True)
class Cover:
    """What a receiver may be shown now. `words` are the entries of the ledger about that receiver, the newest first."""

    covered: tuple[Covered, ...]
    words: tuple[RowMapping, ...]
    ledger: tuple[Consent, ...] = ()
    receiver: Receiver = NOBODY
    purpose: str = ""

    @property
    def classes(self) -> tuple[DataClass, ...]:
        """The data classes that are carried; none at all where the milestones are not, for nobody could open them."""
        found = tuple(one.data_class for one in self.covered)
        return found if DataClass.MILESTONES in found else ()


async def cover_of(unit: UnitOfWork, case: CaseRow, org: RowMapping, at: datetime | None = None) -> Cover:
    """Return what the ledger carries for `org` at `at` (now where None). `case` has `id` and `is_child`."""
    case_id: UUID = case["id"]
    words = await words_about(unit, case_id, org["id"])
    ledger = tuple(entry_of(row) for row in words)
    by_id = {row["id"]: row for row in words}
    receiver, purpose = receiver_of(org), sharing_purpose(org["kind"])
    moment = at or unit.now
    found = [
        Covered(data_class, by_id[entry.id])
        for data_class in DataClass
        if (entry := covering(ledger, purpose, receiver, data_class, moment, bool(case["is_child"]))) is not None
    ]
    return Cover(tuple(found), tuple(words), ledger, receiver, purpose)


def bases_of(cover: Cover, classes: Collection[DataClass]) -> list[dict[str, Any]]:
    """Return what each shared class rests on, as the referral keeps it and the database checks it."""
    return [
        {
            "data_class": one.data_class.value,
            "consent_id": str(one.entry["id"]),
            "basis": one.basis,
            "valid_to": one.valid_to and one.valid_to.isoformat(),
        }
        for one in cover.covered
        if one.data_class in classes
    ]
