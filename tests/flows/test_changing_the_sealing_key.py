"""The key that seals is changed while the stack runs: what was sealed before goes on working, and the old key goes."""

from typing import Any

import asyncpg
import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword

from common.testing.company import Company
from common.testing.smtp import SmtpSink
from common.testing.stack import OWNER_PASSWORD, Stack

pytestmark = [
    pytest.mark.xdist_group("stack"),
    # A server of this machine, without TLS.
    pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS"),
]
PASSWORD = "of the mail server"


def knows(_server: object, _session: object, _envelope: object, _mechanism: str, given: Any) -> AuthResult:
    is_it = isinstance(given, LoginPassword) and given.password == PASSWORD.encode()
    return AuthResult(success=is_it, handled=False)


async def test_a_rotation_leaves_mail_and_sign_in_working_under_another_key(stack: Stack) -> None:
    async with stack.company() as company:
        with SmtpSink(stack.mail_port, authenticator=knows, auth_required=True, auth_require_tls=False) as sink:
            server = {"server": sink.host, "port": sink.port, "from_address": "shop@shop.example", "use_tls": False}
            await company.post("/analytics/email/config", server | {"username": "shop", "password": PASSWORD})
            former = await key_ids(stack)
            for command in ("rotate", "reseal"):
                done = stack.run("secrets", command)
                assert done.returncode == 0, done.stderr
            assert "are gone" in done.stdout
            assert len(former) == len(await key_ids(stack)) == 1
            assert former.isdisjoint(await key_ids(stack))
            assert await tried(company) == {"ok": True}
        again = {"email": company.owner_email, "password": OWNER_PASSWORD}
        assert (await company.api.post("/auth/password/login", json=again)).is_success


async def tried(company: Company) -> dict[str, Any]:
    answer = (await company.api.post("/analytics/email/config/test")).raise_for_status().json()
    return {"ok": answer["ok"]} if answer["ok"] else answer


async def key_ids(stack: Stack) -> set[str]:
    """Under which keys the mail passwords and signing keys are sealed."""
    connection = await asyncpg.connect(stack.superuser_dsn)
    try:
        rows = await connection.fetch(
            "select split_part(password_sealed, '.', 2) as key_id from email.smtp_config"
            " where password_sealed is not null"
            " union select split_part(sealed_private_key, '.', 2) from auth.signing_key"
        )
        return {row["key_id"] for row in rows}
    finally:
        await connection.close()
