"""`besa run`: everything at once, until Ctrl-C."""

import asyncio
import os
import signal
import socket
import threading
import time
from pathlib import Path
from types import FrameType

import typer
import uvicorn
from uvicorn.supervisors import Multiprocess

from app.commands import migrate
from app.commands.database_server import DatabaseAccess, look_at, open_database
from app.commands.errors import CommandError
from app.settings import Settings, get_settings
from app.storage.embedded_postgres import EmbeddedPostgres
from app.storage.inspection import Inspection

APPLICATION = "app.commands.serving:application"


def command() -> None:
    """Start Besa with its own database (or that of BESA_DATABASE_URL) and serve it; Ctrl-C stops everything."""
    settings = get_settings()
    # a service manager ends the program by SIGTERM; the database is then stopped in order as well
    signal.signal(signal.SIGTERM, _end)
    started = time.monotonic()
    listening = listen(settings)
    died = threading.Event()
    try:
        with listening, open_database(settings, _say, alone=True) as access:
            if access.server is not None:
                _watch(access.server, died)
            demonstration = prepare(settings, access)
            serve(settings, access, demonstration, listening, started)
    except KeyboardInterrupt:
        if died.is_set():
            raise CommandError("PostgreSQL has ended unexpectedly; start Besa again and it recovers.") from None
    _say("Stopped.")


def listen(settings: Settings) -> socket.socket:
    """Return the socket that will be served, taken first: a taken port is known before the database is started."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
        # a second program could otherwise bind as well until one of them listens
        listening.listen(2048)
    except OSError as error:
        listening.close()
        if isinstance(error, PermissionError):
            reason = f"Port {settings.port} may only be opened by root"
        elif isinstance(error, socket.gaierror):
            raise CommandError(
                f"The address {settings.host} is unknown on this machine; BESA_HOST names it."
            ) from error
        else:
            reason = f"Port {settings.port} on {settings.host} is taken by another program ({error.strerror})"
        raise CommandError(f"{reason}; set BESA_PORT to a free one, such as BESA_PORT=8001 ./besa run.") from error
    listening.set_inheritable(True)
    return listening


def prepare(settings: Settings, access: DatabaseAccess) -> bool:
    """Bring the database to this version and fill a new one; returns whether it is a demonstration."""
    found = look_at(access.owner_url)
    demonstration = migrate.becomes_demonstration(settings, found)
    if demonstration is None or (demonstration is False and found.demonstration is None):
        raise CommandError(
            "This database has not been prepared: `besa init` prepares it for real work, "
            "and BESA_DEMONSTRATION=true makes a demonstration of it."
        )
    if may_change_tables(found):
        if found.demonstration is None:
            make_keys(settings)
        migrate.upgrade(access.owner_url, found)
        migrate.prepare(access.owner_url, demonstration=demonstration)
        if demonstration:
            fill(settings, access)
    else:
        require_head(found)
    return demonstration


def fill(settings: Settings, access: DatabaseAccess) -> None:
    """Tell the stories of a new demonstration; nothing where it has some."""
    from app.demonstration.loading import fill_new
    from app.storage.key_provider import FileKeyProvider

    asyncio.run(fill_new(access.owner_url, FileKeyProvider(settings.master_keys), lambda line: _say(f"{line} ...")))


def may_change_tables(found: Inspection) -> bool:
    """True for the owner of the tables, and where there are none yet."""
    return found.owns_tables or (found.revision is None and found.may_create)


def require_head(found: Inspection) -> None:
    """Refuse a database that was not migrated by its owner before."""
    from app.storage import migrations

    if found.revision != migrations.head():
        present = f"is at {found.revision}" if found.revision else "has no tables yet"
        raise CommandError(
            f"The database {present}, this version needs {migrations.head()}, and {found.role} may not change tables; "
            "set BESA_OWNER_DATABASE_URL to its owner and run `besa migrate`."
        )


def make_keys(settings: Settings) -> None:
    """Make the keys of a new installation; those that lie there already are used."""
    from app.services.credentials.signing_keys import SigningKeys
    from app.storage.key_provider import FileKeyProvider

    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path, kind in ((settings.master_keys, FileKeyProvider), (settings.signing_keys, SigningKeys)):
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            kind.create(path)


def serve(
    settings: Settings, access: DatabaseAccess, demonstration: bool, listening: socket.socket, started: float
) -> None:
    """Serve until a signal comes; returns when every request is answered."""
    from app.commands import serving

    # the serving processes, which may be new ones, read their settings from here
    os.environ["BESA_DATABASE_URL"] = access.application_url
    os.environ["BESA_DEMONSTRATION"] = str(demonstration).lower()
    get_settings.cache_clear()
    if settings.metrics_port:
        serving.offer_metrics(settings, Path(settings.home), _say)
    one = settings.workers == 1
    config = uvicorn.Config(
        # several processes each make their own
        serving.application() if one else APPLICATION,
        factory=not one,
        workers=settings.workers,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
        ws="none",
        timeout_graceful_shutdown=10,
    )
    _say(f"Besa is ready at {settings.address} after {time.monotonic() - started:.0f} s; Ctrl-C stops it.")
    if one:
        uvicorn.Server(config).run(sockets=[listening])
    else:
        Multiprocess(config, sockets=[listening]).run()


def _watch(server: EmbeddedPostgres, died: threading.Event) -> None:
    """End the program when its database has died, rather than go on answering that it cannot."""

    def look() -> None:
        while server.running():
            time.sleep(0.5)
        if not server.stopping:
            died.set()
            os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=look, daemon=True, name="database watch").start()


def _end(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _say(line: str) -> None:
    typer.echo(line)
