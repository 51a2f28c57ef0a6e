import io
from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import polars as pl
import pytest
import pytest_asyncio

from common.files import FileStore
from common.settings import Settings
from common.testing.cluster import MigratedDatabase
from common.testing.s3 import S3Server, s3_server
from services.data_service.jobs import drop_abandoned as sweep
from tests.data_service.export_rows import ndjson, row
from tests.data_service.harness import Data, analytics_answers, data_service

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Server]:
    with s3_server() as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def data(settings: Settings, database: MigratedDatabase, s3: S3Server) -> AsyncIterator[Data]:
    in_the_bucket = s3.settings(settings)
    async with data_service(in_the_bucket, database) as running, analytics_answers(in_the_bucket, running.batches):
        yield running


async def test_files_in_a_bucket_are_imported_and_then_dropped(data: Data, s3: S3Server):
    company = await data.company()
    parquet = io.BytesIO()
    pl.DataFrame([row(number=number) for number in range(50, 150)]).write_parquet(parquet)
    for content in (ndjson([row(number=number) for number in range(100)]), parquet.getvalue()):
        job = await data.imported(company, "ga4-export", content)
        assert job["status"] == "completed", job
    assert await data.total(company.tenant_id) == 150
    assert s3.names() == set()


async def test_uploads_in_a_bucket_that_nobody_will_read_are_dropped(
    data: Data, s3: S3Server, monkeypatch: pytest.MonkeyPatch
):
    company = await data.company()
    files: FileStore = data.context.extras["files"]
    name = f"{company.tenant_id}/{uuid4()}"
    await files.put(name, b"rows")
    await sweep.drop_abandoned(data.context)
    assert s3.names() == {f"imports/{name}"}, "it is young"
    monkeypatch.setattr(sweep, "_AGE_SECONDS", -60)
    await sweep.drop_abandoned(data.context)
    assert s3.names() == set()
