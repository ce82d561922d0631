"""Danger and urgent needs asked again after registration: what is needed now, and what of it the person has got."""

from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from app.domain.forms.fields import CodeOf, Form, Known, Moment, NewId, OptionalLong, Shown


class AssessUrgentNeeds(Form):
    """How it stands with danger and urgent needs at one moment; help waits for no status."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "assessed_at": "2026-03-02T13:20:00+01:00",
                    "danger": "no",
                    "needs": ["HEALTH", "MATERIAL"],
                    "met": ["MATERIAL"],
                    "note": "Mjekja vjen në orën 16.",
                }
            ]
        }
    )
    concept: ClassVar[str] = "urgent_needs"

    id: Annotated[NewId | None, Shown("hidden")] = None
    assessed_at: Moment
    danger: Known = "not_asked"
    needs: Annotated[tuple[str, ...], CodeOf("need_domain"), Field(max_length=30)] = ()
    met: Annotated[tuple[str, ...], CodeOf("need_domain"), Field(max_length=30)] = ()
    note: OptionalLong = None
