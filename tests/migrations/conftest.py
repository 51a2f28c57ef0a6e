from collections.abc import Iterator
from pathlib import Path

import pytest

from common.settings import Settings
from common.testing.cluster import PostgresCluster


@pytest.fixture
def empty_database(postgres: PostgresCluster, tmp_path: Path) -> Iterator[Settings]:
    """Settings of a database with nothing in it, on which the migrating user may create."""
    with postgres.empty_database() as name:
        yield postgres.settings(name, tmp_path)
