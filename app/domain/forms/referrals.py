"""Referrals: what is needed, from whom, what they may see, and what each side does next."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field

from app.domain.forms.consents import Shareable
from app.domain.forms.fields import (
    CodeOf,
    Form,
    LongText,
    Moment,
    NewId,
    OptionalLong,
    OrganisationOf,
    Shown,
    blank_is_none,
)

Safety = Literal["none_known", "danger", "unknown"]


class Need(Form):
    """The first step: what the person needs. Codes go to the receiver at once, the message opens with the case."""

    concept: ClassVar[str] = "referrals"

    needs: Annotated[tuple[str, ...], CodeOf("need_domain"), Field(min_length=1, max_length=12)]
    purpose: Annotated[str, CodeOf("referral_purpose")] = "INITIAL_ASSISTANCE"
    requested_services: Annotated[tuple[str, ...], CodeOf("service_type"), Field(max_length=20)] = ()
    urgency: Annotated[str, CodeOf("urgency")]
    safety: Safety = "unknown"
    message: OptionalLong = None
    answer_by: Annotated[Moment | None, BeforeValidator(blank_is_none)] = None
    """Until when the sender wants an answer: the referral then lapses by itself. Not said: the profile's deadline."""


class _Addressed(Need):
    """A need with the receiver it goes to, where one is named, and why it goes another way than the rules propose."""

    receiver_org_id: Annotated[UUID | None, OrganisationOf(answers_referrals=True), BeforeValidator(blank_is_none)] = (
        None
    )
    deviation_reason: OptionalLong = None
    data_classes: Annotated[tuple[Shareable, ...], Field(max_length=6)] = ()


class DraftReferral(_Addressed):
    """A referral as it is begun: the receiver and what is shared may still be open."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "needs": ["ACCOMMODATION", "HEALTH"],
                    "urgency": "URGENT",
                    "safety": "none_known",
                    "receiver_org_id": "01920f8a-5c0e-7a51-9a53-0a5c6a8e2f10",
                    "data_classes": ["milestones", "identity"],
                    "message": "Mbërrin nesër në mëngjes.",
                }
            ]
        }
    )

    id: Annotated[NewId | None, Shown("hidden")] = None


class ChangeDraft(_Addressed):
    """A draft as it shall be: every part is said again."""


class ChooseReceiver(Form):
    """The second step: to whom."""

    concept: ClassVar[str] = "referrals"

    receiver_org_id: Annotated[UUID, OrganisationOf(answers_referrals=True)]
    deviation_reason: OptionalLong = None


class ChooseClasses(Form):
    """What the receiver may open after accepting; never more than the ledger covers."""

    concept: ClassVar[str] = "referrals"

    data_classes: Annotated[tuple[Shareable, ...], Field(max_length=6)] = ()


class Decline(Form):
    """A refusal with its reason; the person's cooperation is never one."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "NO_CAPACITY"}]})
    concept: ClassVar[str] = "referrals"

    reason: Annotated[str, CodeOf("referral_decline_reason")]
    note: OptionalLong = None


class AskQuestion(Form):
    """What the receiver has to know before answering; never a name."""

    concept: ClassVar[str] = "referrals"

    question: LongText


class AnswerQuestion(Form):
    """The sender's answer to it."""

    concept: ClassVar[str] = "referrals"

    answer: LongText


class Redirect(Form):
    """The receiver passes the referral on to an organisation that suits better."""

    concept: ClassVar[str] = "referrals"

    id: Annotated[NewId | None, Shown("hidden")] = None
    receiver_org_id: Annotated[UUID, OrganisationOf(answers_referrals=True)]
    note: OptionalLong = None


class Complete(Form):
    """The end of the service, with what was done."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"outcome": "delivered", "feedback": "U strehua dhe u vizitua nga mjeku."}]}
    )
    concept: ClassVar[str] = "referrals"

    outcome: Literal["delivered", "partly", "not_delivered"] = "delivered"
    feedback: LongText


class Withdraw(Form):
    """The sender, or the person through the sender, takes the referral back."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"by_person": True}]})
    concept: ClassVar[str] = "referrals"

    by_person: bool = False
