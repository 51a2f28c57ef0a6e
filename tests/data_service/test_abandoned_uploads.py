import os
import time
from pathlib import Path
from uuid import uuid4

import pytest
from loguru import logger

from common.files import FileStore
from services.data_service.jobs.drop_abandoned import drop_abandoned
from tests.data_service.harness import Data

pytestmark = pytest.mark.asyncio(loop_scope="module")
TWO_DAYS = 2 * 24 * 3600


def upload(folder: Path, name: str, age_seconds: float) -> Path:
    """A file as an upload leaves it; the name may end as that of one which is still being written does."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"rows")
    written_at = time.time() - age_seconds
    os.utime(file, times=(written_at, written_at))
    return file


async def test_uploads_that_a_crash_left_behind_are_dropped_and_no_others(lonely: Data):
    company = await lonely.company()
    folder = Path(lonely.context.extras["files"].place.folder)
    waiting, cancelled, forgotten, crashed, breaking_off, fresh = (uuid4() for _ in range(6))
    for job_id, ended_days_ago in ((waiting, None), (cancelled, 6), (forgotten, 8)):
        await lonely.admin.execute(
            "insert into data.import_file (tenant_id, job_id, kind, name, path, form, is_gzip, bytes)"
            " values ($1, $2, 'users', 'f', $3, 'text', false, 4)",
            company.tenant_id,
            job_id,
            f"{company.tenant_id}/{job_id}",
        )
        await lonely.admin.execute(
            "insert into data.job (tenant_id, job_id, kind, status, finished_at)"
            " values ($1, $2, 'import.users', 'cancelled', now() - $3 * interval '1 day')",
            company.tenant_id,
            job_id,
            ended_days_ago,
        )
    kept = [
        upload(folder, f"{company.tenant_id}/{waiting}", TWO_DAYS),
        upload(folder, f"{company.tenant_id}/{cancelled}", TWO_DAYS),
        upload(folder, f"{company.tenant_id}/{fresh}", 60),
        upload(folder, f"{company.tenant_id}/{fresh}#1", 60),
    ]
    gone = [
        upload(folder, f"{company.tenant_id}/{forgotten}", TWO_DAYS),
        upload(folder, f"{company.tenant_id}/{crashed}", TWO_DAYS),
        upload(folder, f"{company.tenant_id}/{breaking_off}#1", TWO_DAYS),
    ]

    await drop_abandoned(lonely.context)

    assert [file.exists() for file in kept] == [True, True, True, True]
    assert [file.exists() for file in gone] == [False, False, False]


class StuckFiles(FileStore):
    """A store of which one file, the first that is to go, cannot be removed."""

    stuck = ""

    def drop(self, name: str) -> None:
        """Drop any file but the stuck one."""
        self.stuck = self.stuck or name
        if name == self.stuck:
            message = "Operation not permitted"
            raise PermissionError(message)
        super().drop(name)


async def test_a_file_that_cannot_be_removed_keeps_no_other_one(lonely: Data, monkeypatch: pytest.MonkeyPatch):
    files = StuckFiles(lonely.context.extras["files"].place)
    monkeypatch.setitem(lonely.context.extras, "files", files)
    company = await lonely.company()
    names = {f"{company.tenant_id}/{uuid4()}" for _ in range(3)}
    for name in names:
        upload(Path(files.place.folder), name, TWO_DAYS)
    said: list[str] = []
    listening = logger.add(lambda message: said.append(message.record["message"]), level="WARNING")

    first = await drop_abandoned(lonely.context)
    (stuck,) = (name for name in names if (Path(files.place.folder) / name).exists())
    second = await drop_abandoned(lonely.context)
    logger.remove(listening)

    assert [(swept.dropped, swept.failed) for swept in (first, second)] == [(2, 1), (0, 1)]
    assert said == [f"an upload that nobody will read stays: {stuck}: PermissionError: Operation not permitted"] * 2
