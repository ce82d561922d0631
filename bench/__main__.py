"""`python -m bench`: measures the program on this machine, everything switched on, and prints one table.

Everything runs on loopback and in a temporary home; sizes, connections and seconds bound it.
"""

import argparse
import asyncio
import os
import platform
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from app.http.observation import configure_logging
from bench import pgbench
from bench.closed_loop import Measured, measure_rounds
from bench.installation import Installation, Worker, installed, serving
from bench.operations import Operations

KNOWN_IDS = """
select id::text from iam.account union select id::text from iam.assignment
union select id::text from ref.organisation union select id::text from iam.session
"""
HEAD = "| size | connections | what | per second | p50 ms | p95 ms | p99 ms | CPU ms | failures |"
RULE = "|---:|---:|---|---:|---:|---:|---:|---:|---:|"
"""`CPU ms`: processor time of the serving process for one round; it tells the cost also on a busy machine."""


def line(cases: int, connections: int, what: str, made: Measured, cpu: float) -> str:
    """Return one line of the table."""
    times = " | ".join(f"{made.percentile(share):.1f}" for share in (0.5, 0.95, 0.99))
    cost = cpu * 1000 / len(made.times) if made.times else float("nan")
    return f"| {cases:,} | {connections} | {what} | {made.rate:.0f} | {times} | {cost:.2f} | {made.failures} |"


async def measure_all(
    installation: Installation, worker: Worker, cases: int, connections: Sequence[int], seconds: float, most: int
) -> list[str]:
    """Measure every operation with each number of connections; returns the lines of the table."""
    lines: list[str] = []
    for clients in connections:
        # tokens live ten minutes
        operations = await Operations.over(installation)
        for what, round_ in operations.all().items():
            await measure_rounds(worker.port, round_, connections=clients, seconds=min(1.0, seconds / 4), most=most)
            limit = most
            if what.startswith("referral"):
                limit = min(most, max(1, len(operations.registered) // (2 * clients)))
            before = worker.cpu()
            made = await measure_rounds(worker.port, round_, connections=clients, seconds=seconds, most=limit)
            lines.append(line(cases, clients, what, made, worker.cpu() - before))
            print(lines[-1], flush=True)
            if what == "register a person":
                lines.append(await against_postgres(installation, operations, clients, seconds, made.rate))
                print(lines[-1], flush=True)
    return lines


async def against_postgres(
    installation: Installation, operations: Operations, clients: int, seconds: float, rate: float
) -> str:
    """Return the line of the same write statements by pgbench, with the ratio."""
    known = frozenset(str(row[0]) for row in await installation.look(KNOWN_IDS))
    # like nobody registered before, the recordings of other rounds included: a likely duplicate would name its id
    family = "".join(operations.rng.choices("bcdfghjklmnpqrstvxz", k=14)).title()
    statements = await pgbench.record(installation, operations.registration("Zylfidonjeta", family))
    path = installation.home / "register.sql"
    path.write_text(pgbench.script(statements, known))
    found = await asyncio.to_thread(pgbench.run, installation, path, clients=clients, seconds=seconds)
    if found is None:
        return (
            f"| | {clients} | the same {len(statements)} statements by pgbench | not measured: no pgbench | | | | | |"
        )
    ratio = f"ratio {rate / found:.2f}"
    return f"| | {clients} | the same {len(statements)} statements by pgbench | {found:.0f} | {ratio} | | | | |"


def machine() -> str:
    """Return what this was measured on."""
    models = [row.split(":")[1].strip() for row in _lines("/proc/cpuinfo") if row.startswith("model name")]
    memory = next((int(row.split()[1]) // 2**20 for row in _lines("/proc/meminfo") if row.startswith("MemTotal")), 0)
    load = os.getloadavg()[0]
    return (
        f"{len(os.sched_getaffinity(0))} cores ({models[0] if models else platform.machine()}), {memory} GB, "
        f"Python {platform.python_version()}, {platform.system()} {platform.release()}, load before {load:.1f}"
    )


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def run(
    sizes: Sequence[int],
    connections: Sequence[int],
    seconds: float,
    *,
    most: int = 100_000,
    profile: Path | None = None,
) -> str:
    """Measure every size; returns the table with machine and date."""
    configure_logging("error")
    told = [f"Measured {datetime.now(UTC):%Y-%m-%d %H:%M} UTC on {machine()}.", "", HEAD, RULE]
    notes: list[str] = []
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="besa-bench-") as directory:
            home = Path(directory) / "home"
            with installed(home, size, lambda said: notes.append(f"- {said}.")) as installation:
                print(notes[-1], flush=True)
                with serving(installation, profile) as worker:
                    before = worker.memory()
                    told += asyncio.run(measure_all(installation, worker, size, connections, seconds, most))
                    notes.append(f"- {size:,} cases: worker {before:.0f} MB at start, {worker.memory():.0f} MB after.")
                    print(notes[-1], flush=True)
    return "\n".join([*told, "", *notes]) + "\n"


def main() -> None:
    """Read the arguments, measure, and print or write the table."""
    reading = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    reading.add_argument("--sizes", default="10000,100000", help="numbers of cases, such as 10000,100000")
    reading.add_argument("--connections", default="4,16", help="numbers of connections")
    reading.add_argument("--seconds", type=float, default=5.0, help="how long each operation is measured")
    reading.add_argument("--profile", type=Path, help="write a cProfile of the serving process here (slows it)")
    reading.add_argument("--out", type=Path, help="write the table here as well")
    given = reading.parse_args()
    sizes = [int(one) for one in given.sizes.split(",")]
    connections = [int(one) for one in given.connections.split(",")]
    table = run(sizes, connections, given.seconds, profile=given.profile)
    print("\n" + table)
    if given.out:
        given.out.write_text(table)


if __name__ == "__main__":
    main()
