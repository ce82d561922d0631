"""What the Responsible Authority asks for: cases of its board, one identity, an officer for one case."""

from datetime import date
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field

from app.domain.forms.fields import CodeOf, Form, LongText, OptionalShort, OrganisationOf, PlaceOf, blank_is_none

View = Literal["late", "soon", "undecided", "open"]
"""Past due; due today or tomorrow; status without a decision; every open case."""


StageBox = Literal["INITIAL_ID", "REFERRED", "IN_ASSISTANCE", "FORMAL", "FOLLOW_UP", "REOPENED"]
"""Where cases stand, as the board groups the stages; FORMAL is every stage of the formal procedure."""


class BoardFilter(Form):
    """What of the board is shown."""

    concept: ClassVar[str] = "board"

    code: OptionalShort = None
    county: Annotated[str | None, PlaceOf("county"), BeforeValidator(blank_is_none)] = None
    provider: Annotated[UUID | None, OrganisationOf(), BeforeValidator(blank_is_none)] = None
    status: Annotated[str | None, CodeOf("victim_status"), BeforeValidator(blank_is_none)] = None
    age: Annotated[Literal["child", "adult"] | None, BeforeValidator(blank_is_none)] = None
    stage: Annotated[StageBox | None, BeforeValidator(blank_is_none)] = None


class RevealIdentity(Form):
    """One identity is shown for half an hour: with a reason that the responsible organisation will read."""

    concept: ClassVar[str] = "case_life.reveal"

    reason: Annotated[str, CodeOf("break_glass_reason"), Field(examples=["CHILD_MISSING"])]
    text: Annotated[LongText, Field(examples=["Policia kërkon të krahasojë një njoftim për një fëmijë të zhdukur."])]


class AssignAuthority(Form):
    """An officer of the Responsible Authority works on one case until a day, such as to enter it in the register."""

    concept: ClassVar[str] = "case_life.authority"

    account_id: UUID
    purpose: Literal["national_register", "unusual_case", "court_request"] = "national_register"
    until: date
