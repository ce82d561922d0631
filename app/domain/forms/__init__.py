"""What people record, one form per act: the definition that makes the API schema, the form on the page,
its help texts, the checks of codes and the data dictionary.

A form is a frozen pydantic model; its labels and hints stand in `app/texts/<concept>.yaml` under
`fields.<name>.label` and `fields.<name>.hint`.
"""
