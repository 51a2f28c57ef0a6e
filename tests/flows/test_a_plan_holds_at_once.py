"""From an operator's command to the next request: a tenant's plan."""

import pytest

from common.testing.stack import Stack

pytestmark = [pytest.mark.xdist_group("stack"), pytest.mark.timeout(600)]


async def test_a_plan_set_by_command_holds_for_the_next_request_of_a_known_token(stack: Stack):
    async with stack.company() as company:

        async def limit() -> tuple[int, str]:
            answer = await company.api.get("/auth/me")
            return answer.status_code, answer.headers["RateLimit-Limit"]

        # The gateway knows the token by now, and would for a minute.
        assert await limit() == (200, "10000")
        assert await limit() == (200, "10000")
        for plan, per_hour in (("premium", "1000"), ("free", "100")):
            done = stack.run("tenant", "plan", str(company.tenant_id), plan)
            assert done.returncode == 0, done.stderr
            assert await limit() == (200, per_hour)
        while (answer := await company.api.get("/auth/me")).status_code == 200:
            assert int(answer.headers["RateLimit-Remaining"]) < 100
        assert answer.status_code == 429
        assert stack.run("tenant", "plan", str(company.tenant_id), "enterprise").returncode == 0
        assert await limit() == (200, "10000")
