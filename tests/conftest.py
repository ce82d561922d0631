"""What every test may ask for."""

from collections.abc import Iterator

import pytest

from tests import cluster as clusters


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
