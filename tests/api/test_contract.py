"""The OpenAPI document is kept: whatever a program sends, the answer is one the document knows, never a 500."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.api import routers
from app.domain.policy import ACTIONS, PEOPLE, Reach
from tests import cluster as clusters
from tests.browser.site import Site, site
from tests.browser.stories import everything
from tests.browser.visits import ROLE_OF

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
CALLERS = ("demo.njl", "demo.agimi.drejtuese", "demo.ap", "demo.admin", "demo.dpo", "demo.statistika")


@pytest.fixture(scope="module")
def running(cluster: clusters.Cluster, prepared: clusters.Database) -> Iterator[Site]:
    """The program on loopback with one story of everything."""
    with cluster.clone(prepared.name) as fresh, site(fresh, everything) as made:
        yield made


@pytest.fixture(scope="module")
def described(running: Site) -> object:
    """The document as a program reads it."""
    return schemathesis.openapi.from_url(f"{running.url}/api/v1/openapi.json")


def operations() -> list[tuple[str, str]]:
    """Return (method, path) of every operation of the interface."""
    return sorted(
        (method.lower(), f"/api/v1{route.path}")
        for router in routers()
        for route in router.routes
        for method in route.methods
        if route.path not in ("/healthz", "/readyz")
    )


def caller(action: str) -> str | None:
    """Return a login whose role holds the action of the operation, None for the door and for what programs sign."""
    rule = ACTIONS[action]
    if rule.reach is Reach.OPEN or not rule.roles & PEOPLE:
        return None
    return next(login for login in (*CALLERS, *ROLE_OF) if ROLE_OF[login] in rule.roles)


@pytest.mark.parametrize(("method", "path"), operations(), ids=str)
def test_every_answer_is_one_of_the_document(described: Any, running: Site, method: str, path: str) -> None:
    operation = described[path][method]
    login = caller(operation.definition.raw["x-besa-action"])
    headers = {} if login is None else {"Authorization": f"Bearer {running.run(running.world.access_token(login))}"}

    @given(case=operation.as_strategy())
    @settings(max_examples=8, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def ask(case: schemathesis.Case) -> None:
        case.call_and_validate(base_url=running.url, headers=headers, checks=CHECKS)

    ask()
