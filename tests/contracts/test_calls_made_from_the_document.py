import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.testing.stack import Stack

FORMATS = "tests.contracts.formats"
CONFIG = Path(__file__).with_name("schemathesis.toml")
ROOT = Path(__file__).parents[2]
# Of one tenant; another one made on the way would make the tenant header compulsory.
HEADERS = ("Authorization", "X-Tenant-Id")


@pytest.fixture
def stack() -> Iterator[Stack]:
    """Apart from the other tests': made-up passwords use up what one address may guess."""
    with Stack(durable=False) as running:
        yield running


@pytest.mark.xdist_group("contracts")
@pytest.mark.timeout(600)
async def test_calls_made_from_the_merged_document_are_answered_as_it_says(stack: Stack, tmp_path: Path):
    # (six times as many are made by the one below)
    await is_as_documented(stack, tmp_path, "--phases=examples,fuzzing,stateful", "--max-examples=5")


@pytest.mark.faults
@pytest.mark.timeout(3600)
async def test_calls_with_every_constraint_of_the_merged_document_broken_are_answered_as_it_says(
    stack: Stack, tmp_path: Path
):
    # With more examples, the calls would exceed the 10,000 requests that the largest plan allows in an hour.
    await is_as_documented(stack, tmp_path, "--phases=examples,coverage,fuzzing,stateful", "--max-examples=30")


async def is_as_documented(stack: Stack, folder: Path, *choices: str) -> None:
    """No 5xx, no ignored authentication, no answer that the document does not describe: all of schemathesis' checks."""
    async with stack.company() as company:
        headers = [f"--header={name}: {company.api.headers[name]}" for name in HEADERS]
        made = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "schemathesis.cli", f"--config-file={CONFIG}"),
            *("run", f"{stack.gateway}/openapi.json", *headers),
            # (a schema cannot say that one date must not lie after another: what fits it may still be refused)
            *(
                "--checks=all",
                "--exclude-checks=positive_data_acceptance",
                # (a change is judged by the same calls as the one before it)
                "--seed=1",
                "--suppress-health-check=all",
                "--no-color",
                # (they would sign this caller out, and everything after that would be refused alike)
                "--exclude-path=/auth/logout",
                "--exclude-path=/auth/sessions/{id}",
            ),
            *("--continue-on-failure", "--generation-database=none"),
            *choices,
            cwd=folder,
            env=os.environ | {"SCHEMATHESIS_HOOKS": FORMATS, "PYTHONPATH": str(ROOT)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await made.communicate()
        still_signed_in = await company.api.get("/auth/me")
    assert made.returncode == 0, said.decode()[-20_000:]
    assert still_signed_in.status_code == 200, "from then on no call was more than a refusal"
