"""What `deploy/` and the Dockerfile promise, as far as it is seen without an engine; `roles.sql` on a real server."""

import asyncio
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import yaml

from app.settings import Settings
from app.storage.embedded_postgres import SUPERUSER, EmbeddedPostgres
from app.storage.migrations import upgrade
from app.storage.new_database import url_for
from app.storage.postgres_binaries import find_binaries

CHECKOUT = Path(__file__).parents[1]
DEPLOY = CHECKOUT / "deploy"
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
COMPOSE = DEPLOY / "compose" / "compose.yaml"
DOCKERFILE = (CHECKOUT / "Dockerfile").read_text(encoding="utf-8")


def documents(path: Path) -> list[dict[str, Any]]:
    return [document for document in yaml.safe_load_all(path.read_text(encoding="utf-8")) if document]


def pods() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in MANIFESTS:
        for document in documents(path):
            template = document.get("spec", {}).get("template")
            if template:
                yield path.name, template["spec"]


@pytest.mark.parametrize("path", [CHECKOUT / "Dockerfile", COMPOSE, *MANIFESTS, *DEPLOY.glob("**/*.md")], ids=str)
def test_every_setting_named_exists(path: Path) -> None:
    known = {f"BESA_{name.upper()}" for name in Settings.model_fields}
    named = set(re.findall(r"\bBESA_[A-Z_]+\b", path.read_text(encoding="utf-8")))
    assert named <= known


def test_image_is_locked_ordinary_and_watched() -> None:
    assert DOCKERFILE.count("\nFROM ") == 2
    for words in ("--require-hashes", "\nUSER 10001:10001", "\nHEALTHCHECK", "VOLUME /var/lib/besa"):
        assert words in DOCKERFILE


def test_image_copies_what_is_there_and_not_ignored() -> None:
    allowed = (CHECKOUT / ".dockerignore").read_text(encoding="utf-8").split()
    copied = [
        line.split()[1:-1] for line in DOCKERFILE.splitlines() if line.startswith("COPY") and "--from" not in line
    ]
    sources = [source for line in copied for source in line]
    assert sources
    for source in sources:
        assert (CHECKOUT / source).exists()
        assert f"!{source.split('/')[0]}" in allowed


def test_image_can_serve_what_the_program_reads() -> None:
    """Everything outside `app` that the program opens while it runs has to be in the image."""
    for source in ("alembic.ini", "migrations", "requirements"):
        assert re.search(rf"^COPY .*\b{re.escape(source)}\b", DOCKERFILE, re.MULTILINE)


def test_compose_runs_nothing_as_root_or_on_a_writable_root() -> None:
    services = documents(COMPOSE)[0]["services"]
    assert {"database", "migrate", "besa"} <= set(services)
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert not str(service["user"]).startswith("0"), name


def test_compose_gives_the_serving_process_no_right_to_change_tables() -> None:
    services = documents(COMPOSE)[0]["services"]
    assert services["besa"]["secrets"] == ["besa_database_url"]
    assert "ports" not in services["database"]


def test_compose_names_files_that_are_there() -> None:
    document = documents(COMPOSE)[0]
    for service in document["services"].values():
        for volume in service["volumes"]:
            source = volume.split(":")[0]
            if source.startswith("."):
                assert (COMPOSE.parent / source).is_file(), source
            else:
                assert source in document["volumes"]


def test_secrets_are_made_once_and_closed(tmp_path: Path) -> None:
    script = tmp_path / "make-secrets.sh"
    script.write_bytes((DEPLOY / "compose" / "make-secrets.sh").read_bytes())
    subprocess.run(["bash", str(script)], check=True, capture_output=True)
    wanted = {Path(secret["file"]).name for secret in documents(COMPOSE)[0]["secrets"].values()}
    made = {path.name: path for path in (tmp_path / "secrets").iterdir()}
    assert set(made) == wanted
    assert all(path.stat().st_mode & 0o077 == 0 for path in made.values())
    url = made["besa_database_url"].read_text()
    assert url == f"postgresql://besa_app:{made['database_application_password'].read_text()}@database/besa"
    again = subprocess.run(["bash", str(script)], check=False, capture_output=True)
    assert again.returncode == 1
    assert made["besa_database_url"].read_text() == url


def test_kustomization_names_every_manifest() -> None:
    listed = set(documents(DEPLOY / "kubernetes" / "kustomization.yaml")[0]["resources"])
    assert listed == {path.name for path in MANIFESTS} - {"kustomization.yaml"}


def test_pods_are_ordinary_and_read_only() -> None:
    found = list(pods())
    assert len(found) == 2
    for name, pod in found:
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["automountServiceAccountToken"] is False, name
        for container in pod["containers"] + pod.get("initContainers", []):
            context = container["securityContext"]
            assert context["readOnlyRootFilesystem"] is True, name
            assert context["allowPrivilegeEscalation"] is False, name
            assert context["capabilities"] == {"drop": ["ALL"]}, name
            mounted = {mount["name"] for mount in container["volumeMounts"]}
            assert mounted <= {volume["name"] for volume in pod["volumes"]}, name


def test_serving_pod_does_not_get_the_owners_secret() -> None:
    [pod] = [pod for name, pod in pods() if name == "deployment.yaml"]
    keys = [entry["valueFrom"]["secretKeyRef"]["key"] for entry in pod["containers"][0]["env"] if "valueFrom" in entry]
    assert keys == ["application-url"]


def test_roles_of_a_server_of_ones_own_carry_the_migrations(tmp_path: Path) -> None:
    """`roles.sql` as its head says, by a superuser, twice; then the owner migrates and the application looks."""
    binaries = find_binaries()
    server = EmbeddedPostgres(tmp_path / "pg", options={"fsync": "off", "shared_buffers": "16MB"})
    server.start(lambda _: None)
    try:

        async def ask(user: str, database: str, statement: str) -> Any:
            connection = await asyncpg.connect(host=str(server.socket_dir), user=user, database=database)
            try:
                return await connection.fetch(statement)
            finally:
                await connection.close()

        asyncio.run(ask(SUPERUSER, "postgres", "create database besa"))
        command = [
            str(binaries.folder / "psql"), "-h", str(server.socket_dir), "-U", SUPERUSER, "-d", "besa", "-q", "-X",
            "-v", "ON_ERROR_STOP=1", "-v", "owner_password=it's", "-v", "application_password=other",
            "-f", str(DEPLOY / "roles.sql"),
        ]  # fmt: skip
        for _ in range(2):
            subprocess.run(command, check=True, capture_output=True)
        upgrade(url_for(server.url("postgres", SUPERUSER), "besa", "besa_owner"))
        [row] = asyncio.run(
            ask(
                "besa_app", "besa",
                "select rolsuper or rolbypassrls or rolcreaterole or rolcreatedb as mighty from pg_roles "
                "where rolname = current_user and exists (select from public.alembic_version)",
            )
        )  # fmt: skip
        assert row["mighty"] is False
    finally:
        server.stop()
