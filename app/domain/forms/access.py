"""Access to one case: who never sees it."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict

from app.domain.forms.fields import Form, NewId, OrganisationOf, Shown, blank_is_none


class Deny(Form):
    """Somebody never sees this case, whatever grant they hold: an organisation or one person of it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"reason": "family_tie", "account_id": "01920f8a-5c0e-7a51-9a53-0a5c6a8e2f10"},
            ]
        }
    )
    concept: ClassVar[str] = "access"

    id: Annotated[NewId | None, Shown("hidden")] = None
    org_id: Annotated[UUID | None, OrganisationOf(), BeforeValidator(blank_is_none)] = None
    account_id: Annotated[UUID | None, BeforeValidator(blank_is_none)] = None
    reason: Literal["conflict_of_interest", "suspected_involvement", "family_tie", "person_asked", "other"]
