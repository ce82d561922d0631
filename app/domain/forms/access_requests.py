"""Asking to see a data class of a case, and the answer of who is responsible for it."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field

from app.domain.forms.fields import Form, LongText, NewId, Shown, blank_is_none

AskedClass = Literal["identity", "casework", "identification", "health", "legal"]
"""Classes one can ask for; the address of a shelter is not among them."""


class RequestAccess(Form):
    """Somebody who works with the case asks for a class of its data, and says why."""

    concept: ClassVar[str] = "case_life.access"

    id: Annotated[NewId | None, Shown("hidden")] = None
    data_classes: Annotated[tuple[AskedClass, ...], Field(min_length=1, max_length=5, examples=[["health"]])]
    reason: LongText


class AnswerAccess(Form):
    """The responsible organisation gives named classes until a day, to one person or their organisation, or refuses."""

    concept: ClassVar[str] = "case_life.access"

    answer: Literal["grant", "refuse"]
    data_classes: Annotated[tuple[AskedClass, ...], Field(max_length=5)] = ()
    holder: Literal["person", "organisation"] = "person"
    until: Annotated[date | None, BeforeValidator(blank_is_none)] = None
