"""Printing a form of the procedures: what for, and in which language."""

from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict

from app.domain.forms.fields import Form, Shown

Purpose = Literal["for_receiver", "for_person", "signature", "paper_file", "court"]
"""What a filled form is printed for: kept in the log beside the case and its classes."""
PaperLanguage = Literal["sq", "en", "sr"]


class PrintForm(Form):
    """A form is printed, filled from the case: it leaves the program, so it is asked what for."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"purpose": "for_receiver", "language": "sq"}]})
    concept: ClassVar[str] = "sop_forms"

    purpose: Annotated[Purpose, Shown("radios")]
    language: Annotated[PaperLanguage, Shown("radios")] = "sq"
