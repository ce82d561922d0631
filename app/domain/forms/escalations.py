"""The Responsible Authority looks at what is overdue and gives it back."""

from typing import ClassVar

from pydantic import ConfigDict

from app.domain.forms.fields import Form, LongText


class PassBack(Form):
    """What the authority has to say to who owes the step."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"note": "Folëm me bashkinë. Bëjeni brenda javës."}]})
    concept: ClassVar[str] = "escalations.pass_back"

    note: LongText
