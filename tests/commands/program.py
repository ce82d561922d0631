"""Runs the real program as a person does, in a process of its own."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(**settings: str) -> dict[str, str]:
    """Return our environment without settings of the program, and with these (`home`, `port` ...) set."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BESA_")}
    given = {f"BESA_{name.upper()}": value for name, value in ({"metrics_port": "0"} | settings).items()}
    bindir = os.environ.get("BESA_TEST_PG_BINDIR")
    return {**kept, **({"BESA_POSTGRES_BINDIR": bindir} if bindir else {}), **given, "PYTHONPATH": str(CHECKOUT)}


def call(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *arguments],
        cwd="/", env=environment(**settings), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


class Running:
    """`besa run` on a free port; `lines` grows with what it says."""

    def __init__(self, **settings: str) -> None:
        self.port = int(settings.setdefault("port", str(free_port())))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "run"],
            cwd="/", env=environment(**settings), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            start_new_session=True,
        )  # fmt: skip
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())

    def __enter__(self) -> "Running":
        return self.wait_until_ready()

    def __exit__(self, *_: object) -> None:
        # a test that failed must not leave it running
        self.end(signal.SIGKILL)

    def wait_until_ready(self) -> "Running":
        """Return when it serves; raises AssertionError with what it said where it ends instead."""
        end = time.monotonic() + 120
        while time.monotonic() < end and self.process.poll() is None:
            if any("is ready at" in line for line in self.lines) and self.status("/readyz") == 200:
                return self
            time.sleep(0.05)
        self.end(signal.SIGKILL)
        raise AssertionError("\n".join(self.lines))

    def status(self, path: str) -> int:
        """Return the HTTP status of a GET, 0 where nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def end(self, sign: signal.Signals = signal.SIGINT) -> int:
        """Send a signal as the terminal does, to the whole group; return the exit code."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, sign)
        return self.wait()

    def wait(self) -> int:
        """Return the exit code when it has ended."""
        code = self.process.wait(60)
        self._reader.join(10)
        return code
