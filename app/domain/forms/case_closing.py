"""The life of a case: passing it on, closing and reopening it, and the milestones people record by hand."""

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import BeforeValidator, Field

from app.domain.forms.fields import (
    CodeOf,
    Form,
    LongText,
    Moment,
    NewId,
    OptionalLong,
    OptionalShort,
    OrganisationOf,
    Shown,
    blank_is_none,
)


class HandOverCase(Form):
    """Responsibility is passed on, to a named person of a named organisation, with a reason."""

    concept: ClassVar[str] = "case_life.hand_over"

    to_org_id: Annotated[UUID, OrganisationOf()]
    to_account_id: UUID
    reason: LongText
    keep_working: bool = True
    """True: the organisation that passes the case on goes on working with it; False: it follows the milestones."""


class CloseCase(Form):
    """A case is closed with a reason, what was delivered, and what comes after."""

    concept: ClassVar[str] = "case_life.close"

    closed_at: Moment
    reason: Annotated[str, CodeOf("closure_reason"), Field(examples=["COMPLETED"])]
    text: OptionalLong = None
    goes_to: OptionalShort = None
    same_as: OptionalShort = None
    """The code of the case this one is joined with, where it is a duplicate."""
    assistance_outcome: Annotated[str, CodeOf("assistance_outcome"), Field(examples=["ASSISTED_COMMUNITY"])]
    not_assisted_reason: Annotated[str | None, CodeOf("not_assisted_reason"), BeforeValidator(blank_is_none)] = None
    accommodation_after: Annotated[str | None, CodeOf("accommodation_kind"), BeforeValidator(blank_is_none)] = None
    follow_up_agreed: bool = False
    follow_up_on: Annotated[date | None, BeforeValidator(blank_is_none)] = None


class ReopenCase(Form):
    """A closed case is opened again, and why."""

    concept: ClassVar[str] = "case_life.reopen"

    reason: LongText


class RecordMilestone(Form):
    """A step taken outside the program: what, when, and a note that only the care team reads."""

    concept: ClassVar[str] = "case_life.milestone"

    id: Annotated[NewId | None, Shown("hidden")] = None
    code: Annotated[str, Field(max_length=40, examples=["CHILD_PROTECTION_NOTIFIED"])]
    occurred_at: Moment
    note: OptionalLong = None


class RetractMilestone(Form):
    """A step recorded by mistake is taken back, and why."""

    concept: ClassVar[str] = "case_life.retract"

    reason: LongText
