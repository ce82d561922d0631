"""A closed-loop HTTP client on loopback: each connection sends its next request when the answer has come.

Bounded in count and time, plain asyncio streams, so that the client takes little of the machine from the server.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: method, path, headers and body."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run gave; times in seconds, sorted."""

    times: list[float]
    seconds: float
    failures: int

    @property
    def rate(self) -> float:
        """Requests per second."""
        return len(self.times) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """Return the time that `share` (0 to 1) of the requests stayed under, in milliseconds."""
        if not self.times:
            return float("nan")
        return self.times[min(len(self.times) - 1, int(len(self.times) * share))] * 1000


def _encode(asked: Asked) -> bytes:
    head = [f"{asked.method} {asked.path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(asked.body)}"]
    head += [f"{name}: {value}" for name, value in asked.headers.items()]
    return ("\r\n".join(head) + "\r\n\r\n").encode() + asked.body


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    length = 0
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    return status, await reader.readexactly(length) if length else b""


class Connection:
    """One kept-alive connection to loopback."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, port: int) -> "Connection":
        """Connect."""
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def ask(self, asked: Asked) -> tuple[int, bytes]:
        """Send one request and return status and body of its answer."""
        self._writer.write(_encode(asked))
        return await _answer(self._reader)

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


Round = Callable[[Connection], Awaitable[bool]]
"""One round of a loop: some requests after each other; returns whether every answer was a good one."""


async def _loop(port: int, round_: Round, until: float, most: int, times: list[float], failures: list[int]) -> None:
    connection = await Connection.open(port)
    try:
        for _ in range(most):
            if time.perf_counter() >= until:
                break
            started = time.perf_counter()
            good = await round_(connection)
            times.append(time.perf_counter() - started)
            if not good:
                failures.append(1)
    finally:
        connection.close()


def one_request(make: Callable[[], Asked]) -> Round:
    """Return the round that sends one request."""

    async def round_(connection: Connection) -> bool:
        status, _ = await connection.ask(make())
        return status < 400

    return round_


async def measure_rounds(port: int, round_: Round, *, connections: int, seconds: float, most: int) -> Measured:
    """Run `connections` closed loops against loopback for at most `seconds` and `most` rounds each."""
    times: list[float] = []
    failures: list[int] = []
    started = time.perf_counter()
    await asyncio.gather(*(_loop(port, round_, started + seconds, most, times, failures) for _ in range(connections)))
    return Measured(sorted(times), time.perf_counter() - started, len(failures))


async def measure(port: int, make: Callable[[], Asked], *, connections: int, seconds: float, most: int) -> Measured:
    """Run closed loops of single requests."""
    return await measure_rounds(port, one_request(make), connections=connections, seconds=seconds, most=most)
