"""The statements of a registration, run by pgbench on the same server: what PostgreSQL alone could do.

The statements are recorded from one real registration through the interface and written into a script; ids, codes and
the moment of the transaction are made anew by PostgreSQL in every run, the rest is as it was.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import event

from app.main import create_app
from bench.closed_loop import Asked
from bench.installation import NAME, Installation

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_CODE = re.compile(r"(?:AL|XK)-\d\d-[A-Z0-9]{6}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00")
_COLON = "§"
"""Stands for a colon in literals, where pgbench would take what follows for the name of a variable."""
_PLACEHOLDER = re.compile(r"\$(\d+)(::[A-Z_ ]+(?:\[\])?)?")


async def record(installation: Installation, asked: Asked) -> list[tuple[str, Sequence[Any]]]:
    """Return the statements with their values that one request makes, in their order."""
    program = installation.program()
    seen: list[tuple[str, Sequence[Any]]] = []

    def keep(_c: Any, _k: Any, statement: str, parameters: Any, _x: Any, many: bool) -> None:
        seen.append((statement, tuple(parameters)))

    event.listen(program.database.application.sync_engine, "before_cursor_execute", keep)
    try:
        transport = httpx.ASGITransport(app=create_app(program))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            await client.get("/healthz")
            seen.clear()
            answer = await client.request(asked.method, asked.path, headers=asked.headers, content=asked.body)
            answer.raise_for_status()
    finally:
        await program.database.close()
    return seen


def script(statements: Sequence[tuple[str, Sequence[Any]]], known: frozenset[str]) -> str:
    """Return the pgbench script; `known` are ids that stay (people, organisations, the session)."""
    made = dict.fromkeys(old for _, values in statements for value in values for old in _UUID.findall(_text(value)))
    new = {old: f":u{at}" for at, old in enumerate(old for old in made if old not in known)}
    lines = ["begin;", *(f"{_with_values(text, values, new)};" for text, values in statements), "commit;"]
    # made before the transaction, so that each is one value for PostgreSQL, which finds rows by index
    ids = ", ".join(f"gen_random_uuid()::text as {name[1:]}" for name in new.values())
    return "\n".join(line.replace("\n", " ") for line in [f"select {ids} \\gset", *lines]) + "\n"


def _text(value: Any) -> str:
    return str(value) if isinstance(value, (str, UUID)) else json.dumps(value, default=str)


def _with_values(text: str, values: Sequence[Any], new: Mapping[str, str]) -> str:
    def put(found: re.Match[str]) -> str:
        return _literal(values[int(found[1]) - 1], new) + (found[2] or "")

    return _PLACEHOLDER.sub(put, text)


def _literal(value: Any, new: Mapping[str, str]) -> str:
    if value is None:
        return "null"
    if isinstance(value, (bool, int, float)):
        return str(value).lower()
    if isinstance(value, bytes):
        return f"'\\x{value.hex()}'::bytea"
    if isinstance(value, (list, tuple)):
        return "array[" + ",".join(_literal(one, new) for one in value) + "]"
    if isinstance(value, datetime):
        return "now()"
    text = _text(value)
    made = "'" + text.replace("'", "''").replace(":", _COLON) + "'"
    for old in sorted({*_UUID.findall(text)} & new.keys()):
        made = f"replace({made},'{old}',{new[old]})"
    for old in sorted(set(_CODE.findall(text))):
        made = f"replace({made},'{old}','AL-26-'||substr(gen_random_uuid()::text,1,13))"
    for old in sorted(set(_MOMENT.findall(text))):
        made = f"replace({made},'{old.replace(':', _COLON)}',now()::text)"
    return f"replace({made},'{_COLON}',chr(58))"


def programs() -> list[Path]:
    """Return every pgbench of this machine, the newest PostgreSQL's first."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"), reverse=True)
    beside = shutil.which("pgbench")
    return found + ([Path(beside)] if beside else [])


def run(installation: Installation, path: Path, *, clients: int, seconds: float) -> float | None:
    """Return transactions a second of a script, None where the machine has no pgbench."""
    found = programs()
    if not found:
        return None
    answer = subprocess.run(
        [found[0], "-n", "-M", "prepared", "-c", str(clients), "-j", "1", "-T", str(max(1, int(seconds))), "-f", path,
         "-h", str(installation.server.socket_dir), "-U", "besa_app", NAME],
        env={**os.environ, "PGOPTIONS": "-c timezone=UTC -c jit=off"}, capture_output=True, text=True, check=False,
        timeout=seconds + 120,
    )  # fmt: skip
    rate = re.search(r"tps = ([0-9.]+)", answer.stdout)
    if answer.returncode or rate is None:
        raise RuntimeError(f"pgbench failed: {answer.stderr.strip()[-800:]}")
    return float(rate[1])
