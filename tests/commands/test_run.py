"""`besa run` and the commands beside it, as a person starts and stops them."""

import os
import signal
import socket
import time
import urllib.request
from pathlib import Path

import pytest

from tests.cluster import Cluster, Database
from tests.commands.program import Running, call, free_port


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One home for the module: made by the first start, kept for the next ones."""
    return tmp_path_factory.mktemp("besa") / "home"


def database_pid(home: Path) -> int:
    return int((home / "postgres" / "postmaster.pid").read_text().split("\n")[0])


class TestLife:
    def test_first_start_makes_everything_and_ctrl_c_stops_everything(self, home: Path) -> None:
        with Running(home=str(home)) as program:
            said = "\n".join(program.lines)
            assert "Making the database (only the first time)" in said
            assert "Making the tables" in said
            assert f"Besa is ready at http://127.0.0.1:{program.port}" in said
            assert program.status("/healthz") == 200
            assert (home / "keys" / "master.json").stat().st_mode & 0o777 == 0o600

            assert program.end(signal.SIGINT) == 0
            assert program.lines[-1] == "Stopped."
            assert not (home / "postgres" / "postmaster.pid").exists()
            assert program.status("/healthz") == 0

    def test_second_start_keeps_the_data_and_takes_seconds(self, home: Path) -> None:
        keys = (home / "keys" / "master.json").read_bytes()
        begin = time.monotonic()
        with Running(home=str(home)) as program:
            assert time.monotonic() - begin < 30
            assert "Making the database" not in "\n".join(program.lines)
            assert (home / "keys" / "master.json").read_bytes() == keys
            # as a service manager ends it
            assert program.end(signal.SIGTERM) == 0
            assert program.lines[-1] == "Stopped."

    def test_killed_program_and_killed_database_recover_at_the_next_start(self, home: Path) -> None:
        with Running(home=str(home)) as program:
            pid = database_pid(home)
            program.end(signal.SIGKILL)
        with Running(home=str(home)) as again:
            assert database_pid(home) != pid
            os.kill(database_pid(home), signal.SIGKILL)
            assert again.wait() == 1
            assert again.lines[-1] == "besa: PostgreSQL has ended unexpectedly; start Besa again and it recovers."
        with Running(home=str(home)) as recovered:
            assert recovered.end() == 0

    def test_several_processes_serve_count_together_and_end_together(self, home: Path) -> None:
        metrics_port = free_port()
        with Running(home=str(home), workers="2", metrics_port=str(metrics_port)) as program:
            for _ in range(10):
                assert program.status("/readyz") == 200
            assert requests_counted(metrics_port, "/readyz") >= 10

            # the program alone, as the kernel does when memory runs out: no process may go on serving without it
            program.process.kill()
            program.process.wait(10)
            end = time.monotonic() + 20
            while program.status("/healthz") and time.monotonic() < end:
                time.sleep(0.1)
            assert program.status("/healthz") == 0


def requests_counted(metrics_port: int, route: str) -> float:
    with urllib.request.urlopen(f"http://127.0.0.1:{metrics_port}/metrics", timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    counts = [line for line in lines if line.startswith("besa_requests_total{") and f'route="{route}"' in line]
    return sum(float(line.split()[-1]) for line in counts)


class TestBeside:
    def test_second_program_is_refused_and_others_work(self, home: Path) -> None:
        with Running(home=str(home)) as started:
            second = call("run", home=str(home), port=str(free_port()))
            assert second.returncode == 1
            assert second.stderr.startswith(f"besa: Besa is running already with the data in {home} (process ")

            doctor = call("doctor", home=str(home))
            assert doctor.stdout.endswith("Nothing to mend.\n"), doctor.stdout
            assert doctor.returncode == 0
            assert call("migrate", home=str(home)).returncode == 0
            assert started.status("/readyz") == 200
            assert started.end() == 0


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
            with Running(**settings, demonstration="true") as program:
                assert program.end() == 0
            assert not (tmp_path / "home" / "postgres").exists()
            # afterwards the application's role is enough, and the database says itself what it is
            with Running(home=settings["home"], database_url=fresh.app_url) as again:
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
