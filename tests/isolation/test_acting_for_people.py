"""A route that acts for a person says so to the database: none opens a transaction that knows the tenant alone."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# `db.tenant(caller.tenant_id)` forgets who the caller is, and so their branches; `db.of(caller)` cannot.
FORGETFUL = re.compile(r"\.db\.tenant\(\s*(?:caller|principal|member|admin)\b")
# (A dead letter is replayed as its consumer would have handled it: for the whole tenant, whoever asked for it.)
ROUTES = sorted(
    {*ROOT.glob("services/*_service/api/**/*.py"), *ROOT.glob("common/http/*.py")} - {ROOT / "common/http/replay.py"}
)


@pytest.mark.parametrize("path", ROUTES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_route_forgets_on_whose_behalf_it_acts(path: Path) -> None:
    assert FORGETFUL.findall(path.read_text(encoding="utf-8")) == []
