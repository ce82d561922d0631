"""`besa run` and the commands beside it, as a person starts and stops them."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import Cluster, Database
from tests.commands.program import Running, call, free_port


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One home for the module: made by the first start, kept for the next ones."""
    return tmp_path_factory.mktemp("besa") / "home"


@pytest.fixture
def started(home: Path) -> Iterator[Running]:
    program = Running(home=str(home)).wait_until_ready()
    yield program
    program.end(signal.SIGKILL)


def database_pid(home: Path) -> int:
    return int((home / "postgres" / "postmaster.pid").read_text().split("\n")[0])


class TestLife:
    def test_first_start_makes_everything_and_ctrl_c_stops_everything(self, started: Running, home: Path) -> None:
        said = "\n".join(started.lines)
        assert "Making the database (only the first time)" in said
        assert "Making the tables" in said
        assert f"Besa is ready at http://127.0.0.1:{started.port}" in said
        assert started.status("/healthz") == 200
        assert (home / "keys" / "master.json").stat().st_mode & 0o777 == 0o600

        assert started.end(signal.SIGINT) == 0
        assert started.lines[-1] == "Stopped."
        assert not (home / "postgres" / "postmaster.pid").exists()
        assert started.status("/healthz") == 0

    def test_second_start_keeps_the_data_and_takes_seconds(self, home: Path) -> None:
        keys = (home / "keys" / "master.json").read_bytes()
        begin = time.monotonic()
        program = Running(home=str(home)).wait_until_ready()
        try:
            assert time.monotonic() - begin < 30
            assert "Making the database" not in "\n".join(program.lines)
            assert (home / "keys" / "master.json").read_bytes() == keys
        finally:
            assert program.end(signal.SIGTERM) == 0
        assert program.lines[-1] == "Stopped."

    def test_killed_program_leaves_no_server_and_starts_again(self, home: Path) -> None:
        program = Running(home=str(home)).wait_until_ready()
        pid = database_pid(home)
        program.end(signal.SIGKILL)
        again = Running(home=str(home)).wait_until_ready()
        assert database_pid(home) != pid
        assert again.end() == 0

    def test_killed_database_ends_the_program_and_recovers(self, started: Running, home: Path) -> None:
        os.kill(database_pid(home), signal.SIGKILL)
        assert started.wait() == 1
        assert started.lines[-1] == "besa: PostgreSQL has ended unexpectedly; start Besa again and it recovers."
        again = Running(home=str(home)).wait_until_ready()
        assert again.end() == 0


class TestBeside:
    def test_second_program_on_the_same_data_is_refused(self, started: Running, home: Path) -> None:
        second = call("run", home=str(home), port=str(free_port()))
        assert second.returncode == 1
        assert second.stderr.startswith(f"besa: Besa is running already with the data in {home} (process ")
        assert started.status("/readyz") == 200

    def test_doctor_and_migrate_work_beside_it(self, started: Running, home: Path) -> None:
        doctor = call("doctor", home=str(home))
        assert doctor.stdout.endswith("Nothing to mend.\n"), doctor.stdout
        assert doctor.returncode == 0
        assert call("migrate", home=str(home)).returncode == 0
        assert started.status("/readyz") == 200

    def test_several_processes_serve_and_count_together(self, home: Path) -> None:
        metrics_port = free_port()
        program = Running(home=str(home), workers="2", metrics_port=str(metrics_port)).wait_until_ready()
        try:
            for _ in range(10):
                assert program.status("/readyz") == 200
            program.port = metrics_port
            assert program.status("/metrics") == 200
        finally:
            assert program.end() == 0


class TestSentences:
    def test_taken_port(self, tmp_path: Path) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            ended = call("run", home=str(tmp_path / "home"), port=str(port))
        assert ended.returncode == 1
        assert ended.stderr.startswith(f"besa: Port {port} on 127.0.0.1 is taken by another program")
        assert "BESA_PORT" in ended.stderr
        assert ended.stderr.count("\n") == 1
        assert not (tmp_path / "home").exists()

    def test_taken_metrics_port_that_was_asked_for(self, home: Path) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            ended = call("run", home=str(home), port=str(free_port()), metrics_port=str(port))
        assert ended.returncode == 1
        assert "besa: The metrics cannot use port" in ended.stderr

    def test_unknown_address(self, tmp_path: Path) -> None:
        ended = call("run", home=str(tmp_path), host="nowhere.invalid")
        assert ended.stderr == "besa: The address nowhere.invalid is unknown on this machine; BESA_HOST names it.\n"

    @pytest.mark.parametrize(
        ("settings", "sentence"),
        [
            ({"port": "many"}, "besa: BESA_PORT: Input should be a valid integer"),
            ({"log_level": "loud"}, "besa: BESA_LOG_LEVEL: must be debug, info, warning or error."),
            ({"database_url": "mysql://a:secret@h/b"}, "besa: BESA_DATABASE_URL: must be a PostgreSQL URL, not mysql."),
        ],
    )
    def test_wrong_setting(self, settings: dict[str, str], sentence: str) -> None:
        ended = call("run", **settings)
        assert ended.returncode == 1
        assert ended.stderr.startswith(sentence)
        assert ended.stderr.count("\n") == 1
        assert "secret" not in ended.stderr

    def test_database_that_cannot_be_reached(self, tmp_path: Path) -> None:
        url = f"postgresql://besa:secret@127.0.0.1:{free_port()}/besa"
        ended = call("run", home=str(tmp_path), port=str(free_port()), database_url=url)
        assert ended.returncode == 1
        assert ended.stderr.startswith("besa: The database at 127.0.0.1:")
        assert "cannot be reached" in ended.stderr
        assert "secret" not in ended.stderr

    def test_other_database_version(self, tmp_path: Path) -> None:
        data = tmp_path / "home" / "postgres"
        data.mkdir(parents=True)
        (data / "PG_VERSION").write_text("12\n")
        ended = call("run", home=str(tmp_path / "home"), port=str(free_port()))
        assert ended.returncode == 1
        assert "were made by PostgreSQL 12" in ended.stderr
        assert ended.stderr.count("\n") == 1


class TestOtherServer:
    def test_unprepared_database_is_refused(self, database: Database, tmp_path: Path) -> None:
        ended = call("run", home=str(tmp_path), port=str(free_port()), database_url=database.owner_url)
        assert ended.returncode == 1
        assert ended.stderr.startswith("besa: This database has not been prepared: `besa init` prepares it")

    def test_demonstration_on_a_server_of_ones_own(self, cluster: Cluster, tmp_path: Path) -> None:
        with cluster.empty() as fresh:
            settings = {
                "home": str(tmp_path / "home"), "database_url": fresh.app_url, "owner_database_url": fresh.owner_url,
            }  # fmt: skip
            program = Running(**settings, demonstration="true").wait_until_ready()
            assert program.end() == 0
            assert not (tmp_path / "home" / "postgres").exists()
            # afterwards the application's role is enough, and the database says itself what it is
            again = Running(home=settings["home"], database_url=fresh.app_url).wait_until_ready()
            assert again.end() == 0
            doctor = call("doctor", **settings)
            assert doctor.returncode == 0, doctor.stdout

            refused = call("run", **settings, port=str(free_port()), demonstration="false")
            assert refused.returncode == 1
            assert "was made for demonstration" in refused.stderr

    def test_owner_serving_is_a_problem_for_the_doctor(self, database: Database, tmp_path: Path) -> None:
        doctor = call("doctor", home=str(tmp_path), database_url=database.owner_url)
        assert doctor.returncode == 1
        assert "PROBLEM  database role: besa_owner owns the tables" in doctor.stdout

    def test_application_role_alone_cannot_make_the_tables(self, empty_database: Database, tmp_path: Path) -> None:
        ended = call(
            "run", home=str(tmp_path), port=str(free_port()), database_url=empty_database.app_url, demonstration="true"
        )
        assert ended.returncode == 1
        assert ended.stderr.startswith("besa: The database has no tables yet, this version needs ")
        assert "besa_app may not change tables" in ended.stderr
        assert ended.stderr.count("\n") == 1
