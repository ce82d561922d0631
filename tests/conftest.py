"""What every test may ask for."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings

from app.services.installation import prepare
from tests import cluster as clusters
from tests.world import World

# Nothing in the suite asserts a time: how long an example takes says more about the machine than about the program.
settings.register_profile("besa", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("besa")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        clusters.begin_run()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        clusters.end_run()


@pytest.fixture(scope="session")
def cluster() -> clusters.Cluster:
    """The run's PostgreSQL with its migrated template."""
    return clusters.open_cluster()


@pytest.fixture(scope="module")
def database(cluster: clusters.Cluster) -> Iterator[clusters.Database]:
    """A migrated database for the tests of one module, on `owner_url`, `app_url` and `superuser_url`."""
    with cluster.clone() as fresh:
        yield fresh


@pytest.fixture
def empty_database(cluster: clusters.Cluster) -> Iterator[clusters.Database]:
    """A database without tables, for one test."""
    with cluster.empty() as fresh:
        yield fresh


@pytest.fixture(scope="session")
def prepared(cluster: clusters.Cluster) -> Iterator[clusters.Database]:
    """A database with profiles and demonstration people, the template of every `world` of this worker."""
    with cluster.clone() as fresh:
        asyncio.run(prepare(fresh.owner_url, demonstration=True))
        yield fresh


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def world(cluster: clusters.Cluster, prepared: clusters.Database) -> AsyncIterator[World]:
    """The program over a database of its own for the tests of one module."""
    with cluster.clone(prepared.name) as fresh:
        made = World.over(fresh)
        yield made
        await made.program.database.close()
