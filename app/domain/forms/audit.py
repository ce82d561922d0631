"""What the officers ask of the log: about whom, by whom, when, what, with which result."""

import re
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field

from app.domain.forms.fields import Form, Moment, OptionalShort, blank_is_none
from app.domain.policy import ACTIONS
from app.domain.problems import FieldError, Invalid

Outcome = Literal["done", "denied", "refused", "repeated"]
"""done: it happened. denied: not theirs. refused: the input or the state did not allow it. repeated: sent again."""
CASE_CODE = re.compile(r"[A-Z]{2}-[0-9]{2}-[0-9A-Z]{4,8}")
AskedClass = Literal["milestones", "identity", "casework", "identification", "health", "legal", "shelter_location"]


def _subject(value: str) -> str:
    """Return an id in its usual writing, or a case code in capitals."""
    try:
        return str(UUID(value))
    except ValueError:
        return value.strip().upper()


class AskLog(Form):
    """A question to the log; what is left out does not narrow it."""

    concept: ClassVar[str] = "audit"

    about: Annotated[
        OptionalShort,
        AfterValidator(lambda value: None if value is None else _subject(value)),
        Field(description="A case by its code or id, or a person by id.", examples=["AL-26-T5WN"]),
    ] = None
    account: Annotated[
        OptionalShort, Field(description="A colleague by login or account id.", examples=["demo.njl"])
    ] = None
    since: Annotated[Moment | None, BeforeValidator(blank_is_none), Field(description="From this moment on.")] = None
    until: Annotated[Moment | None, BeforeValidator(blank_is_none), Field(description="Before this moment.")] = None
    action: Annotated[OptionalShort, Field(description="An action of the policy.", examples=["person.read"])] = None
    outcome: Annotated[Outcome | None, BeforeValidator(blank_is_none)] = None
    data_class: Annotated[AskedClass | None, BeforeValidator(blank_is_none)] = None


def check_question(asked: AskLog) -> None:
    """Refuse what cannot be asked. Raises Invalid on the question's fields."""
    errors = []
    if asked.action is not None and asked.action not in ACTIONS:
        errors.append(FieldError("action", "field.unknown_choice", {}))
    if asked.since is not None and asked.until is not None and asked.until <= asked.since:
        errors.append(FieldError("until", "audit.dates_reversed", {}))
    if asked.about is not None and not CASE_CODE.fullmatch(asked.about) and not is_id(asked.about):
        errors.append(FieldError("about", "audit.not_a_code", {}))
    if errors:
        raise Invalid(errors)


def is_id(value: str) -> bool:
    """True where the text is an id."""
    try:
        UUID(value)
    except ValueError:
        return False
    return True
