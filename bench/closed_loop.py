"""A closed-loop HTTP client on loopback: each connection sends its next request when the answer has come.

Bounded in count and time, plain asyncio streams, so that the client takes little of the machine from the server.
"""

import asyncio
import time
from collections.abc import Callable
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


async def _connection(
    port: int, make: Callable[[], Asked], until: float, most: int, times: list[float], failures: list[int]
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for _ in range(most):
            if time.perf_counter() >= until:
                break
            started = time.perf_counter()
            writer.write(_encode(make()))
            status, _body = await _answer(reader)
            times.append(time.perf_counter() - started)
            if status >= 400:
                failures.append(status)
    finally:
        writer.close()


async def measure(port: int, make: Callable[[], Asked], *, connections: int, seconds: float, most: int) -> Measured:
    """Run `connections` closed loops against loopback for at most `seconds` and `most` requests each."""
    times: list[float] = []
    failures: list[int] = []
    started = time.perf_counter()
    await asyncio.gather(
        *(_connection(port, make, started + seconds, most, times, failures) for _ in range(connections))
    )
    return Measured(sorted(times), time.perf_counter() - started, len(failures))
