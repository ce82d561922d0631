"""Signing in, the own account, and the people an administrator looks after."""

from datetime import date
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from app.domain.forms.fields import Form, OptionalShort, OrganisationOf, ShortText, Shown, blank_is_none
from app.domain.policy import PEOPLE, Role

Secret = Annotated[str, Field(min_length=1, max_length=1024, repr=False, json_schema_extra={"format": "password"})]
"""A password as it was typed: nothing is taken away from it, and it is shown nowhere."""
Code = Annotated[str, Field(min_length=1, max_length=64, repr=False)]
"""A code of the second factor; spaces do not matter."""
Login = Annotated[str, Field(min_length=1, max_length=200)]
"""A login as it was typed; which ones exist is nobody's business, so nothing else is checked."""
NewLogin = Annotated[
    str,
    BeforeValidator(lambda given: given.strip().lower() if isinstance(given, str) else given),
    Field(pattern=r"^[a-z0-9]([a-z0-9._-]{1,38})[a-z0-9]$", examples=["mira.hoxha"]),
]
"""A new login: 3 to 40 small letters, digits, dots, dashes and underscores."""
Language = Literal["sq", "en"]


def _of_people(role: Role) -> Role:
    if role not in PEOPLE:
        raise PydanticCustomError("enum", "no person holds this role")
    return role


HeldRole = Annotated[Role, AfterValidator(_of_people)]
OptionalDay = Annotated[date | None, BeforeValidator(blank_is_none)]


class SignIn(Form):
    """Login and password, typed at the door."""

    concept: ClassVar[str] = "sign_in"

    login: Login
    password: Annotated[Secret, Shown("password")]


class SecondFactorCode(Form):
    """The code of the app, or a recovery code."""

    concept: ClassVar[str] = "sign_in"

    code: Code


class EnrolSecondFactor(Form):
    """The first code of a telephone; `password` where it replaces another one."""

    concept: ClassVar[str] = "sign_in"

    code: Code
    password: Annotated[str | None, Field(max_length=1024, repr=False), Shown("password")] = None


class ConfirmPassword(Form):
    """The own password, asked again before something that weighs."""

    concept: ClassVar[str] = "sign_in"

    password: Annotated[Secret, Shown("password")]


class ChangePassword(Form):
    """A new password, typed twice."""

    concept: ClassVar[str] = "account"

    current: Annotated[Secret, Shown("password")]
    new: Annotated[Secret, Shown("password")]
    again: Annotated[Secret, Shown("password")]


class ChooseLanguage(Form):
    """The language in which the program speaks to this person."""

    concept: ClassVar[str] = "account"

    language: Language


class TokenRequest(Form):
    """What a program brings for its first tokens; `assignment_id` chooses among several roles."""

    concept: ClassVar[str] = "sign_in"

    login: Annotated[Login, Field(examples=["mira.hoxha"])]
    password: Secret
    code: Annotated[str | None, Field(max_length=64, repr=False, examples=["123456"])] = None
    assignment_id: UUID | None = None
    device: OptionalShort = None


class RefreshRequest(Form):
    """A refresh token, good once."""

    concept: ClassVar[str] = "sign_in"

    refresh_token: Annotated[str, Field(min_length=1, max_length=200, repr=False)]


class GiveRole(Form):
    """A role at an organisation, from the first day to the last one (both included); empty: at once, for good."""

    concept: ClassVar[str] = "people"

    role: Annotated[HeldRole, Field(examples=["case_manager"])]
    org_id: Annotated[UUID, OrganisationOf()]
    valid_from: OptionalDay = None
    valid_to: OptionalDay = None


class AddPerson(GiveRole):
    """A new account with its first role; the password is made by the program."""

    display_name: ShortText
    login: NewLogin
    language: Language = "sq"


class ChangePerson(Form):
    """What may change about a person; the login stays."""

    concept: ClassVar[str] = "people"

    display_name: ShortText
    language: Language
