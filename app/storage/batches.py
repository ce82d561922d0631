"""Rows of several tables as one JSON document, inserted by `casework.write` in one round trip.

Each round trip costs the application more than the statement costs the database; a registration writes eight rows.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID


def _value(value: Any) -> str:
    if isinstance(value, (UUID, Decimal)):
        return str(value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray, memoryview)):
        return "\\x" + bytes(value).hex()
    raise TypeError(f"{type(value).__name__} has no form in a batch of rows")


def write_batch(rows: Iterable[tuple[str, Mapping[str, Any]]]) -> str:
    """Return the document of rows (`schema.table`, values by column) in their order.

    Rows of the same table and columns that follow each other become one statement. Raises TypeError for a value that
    no column can take.
    """
    items: list[dict[str, Any]] = []
    for table, values in rows:
        columns = list(values)
        if items and items[-1]["table"] == table and items[-1]["columns"] == columns:
            items[-1]["rows"].append(values)
        else:
            items.append({"table": table, "columns": columns, "rows": [values]})
    return json.dumps(items, default=_value, separators=(",", ":"))
