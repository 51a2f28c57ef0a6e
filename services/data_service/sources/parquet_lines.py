"""Rows of a Parquet file in BigQuery's nested shape, as the NDJSON lines that the same export would be."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Final

import polars as pl

from services.data_service.sources.broken_file import BrokenFile

_BATCH_ROWS: Final = 2_000


def parquet_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Each row as a line of JSON, numbered from 1, a few thousand rows in memory at a time.

    Raises:
        BrokenFile: not Parquet, truncated or damaged.
    """
    number = 0
    try:
        for frame in pl.scan_parquet(path).collect_batches(chunk_size=_BATCH_ROWS, maintain_order=True):
            for part in frame.iter_slices(_BATCH_ROWS):
                buffer = BytesIO()
                part.write_ndjson(buffer)
                for line in buffer.getvalue().splitlines():
                    number += 1
                    yield number, line
    except (pl.exceptions.PolarsError, OSError) as error:
        message = f"the Parquet data cannot be read ({str(error).splitlines()[0][:200]})"
        raise BrokenFile(message) from None


def row_count(path: Path) -> int:
    """Rows of the file, from its footer."""
    try:
        return int(pl.scan_parquet(path).select(pl.len()).collect().item())
    except (pl.exceptions.PolarsError, OSError):
        return 0
