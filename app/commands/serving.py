"""Builds what each serving process runs, and the metrics port beside it."""

import multiprocessing
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from fastapi import FastAPI

from app.commands.errors import CommandError
from app.settings import Settings, get_settings
from app.storage.postgres_account import end_with


def application() -> FastAPI:
    """Return the application from the settings; called once in every serving process."""
    from app.http.observation import configure_logging
    from app.main import create_app
    from app.services.credentials.signing_keys import SigningKeys
    from app.services.program import Program
    from app.storage.database import Database
    from app.storage.key_provider import FileKeyProvider

    settings = get_settings()
    if multiprocessing.parent_process() is not None and sys.platform == "linux":
        # otherwise it would go on serving, without a database, when the program that started it is killed
        end_with(os.getppid(), signal.SIGTERM)
    if settings.database_url is None:
        raise CommandError("Processes that serve need BESA_DATABASE_URL.")
    configure_logging(settings.log_level)
    program = Program.make(
        settings,
        Database(settings.database_url),
        FileKeyProvider(settings.master_keys),
        SigningKeys(settings.signing_keys),
        demonstration=bool(settings.demonstration),
    )
    return create_app(program, maintenance=True)


def offer_metrics(settings: Settings, home: Path, say: Callable[[str], None]) -> None:
    """Serve the metrics on their own port of this machine, added up over every serving process.

    A port that is taken is an error where it was asked for; the default one is left out with a word.
    """
    if settings.workers > 1:
        # read by the library when it is first imported, here and in each serving process
        shared = home / "metrics"
        shutil.rmtree(shared, ignore_errors=True)
        shared.mkdir(parents=True, mode=0o700)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(shared)
    from prometheus_client import REGISTRY, CollectorRegistry, multiprocess, start_http_server

    registry = REGISTRY
    if settings.workers > 1:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)
    try:
        start_http_server(settings.metrics_port, addr="127.0.0.1", registry=registry)
    except OSError as error:
        if "metrics_port" in settings.model_fields_set:
            raise CommandError(
                f"The metrics cannot use port {settings.metrics_port} ({error.strerror}); set BESA_METRICS_PORT."
            ) from error
        say(f"Port {settings.metrics_port} is taken, so there are no metrics (BESA_METRICS_PORT moves them).")
