"""Guesses at one account from many networks: what the guessers get, and what its owner keeps."""

import asyncio
from collections import Counter

import httpx
import pytest

from common.rate_limits import InProcess
from common.settings import Settings
from common.testing.cluster import MigratedDatabase
from common.testing.smtp import SmtpSink
from services.auth_service.domain.throttle import Throttle
from services.auth_service.errors.sign_in import CredentialsRefused, TooManyAttempts
from tests.auth_service.conftest import found
from tests.auth_service.mailbox import Mailbox, with_mail_server
from tests.auth_service.test_forgotten_password import NEW, count_hashes, fetch, forgot
from tests.auth_service.test_throttle import EMAIL, LIMIT, PASSWORD, login, many_calls_to

TOTAL = 100
HOME, AWAY = "192.0.2.1", "192.0.2.99"


@pytest.fixture
def settings(database: MigratedDatabase, nats_url: str, smtp_sink: SmtpSink) -> Settings:
    settings = database.settings.model_copy(update={"nats_url": nats_url, "environment": "development"})
    return with_mail_server(settings, smtp_sink)


async def guess_from_everywhere(auth: httpx.AsyncClient, email: str = EMAIL, count: int = TOTAL) -> Counter[int]:
    calls = (login(auth, email, "wrong", f"198.51.100.{number % 100}") for number in range(count))
    return Counter(answer.status_code for answer in await asyncio.gather(*calls))


@pytest.mark.usefixtures("quick_hashes")
@pytest.mark.parametrize("email", [EMAIL, "nobody@example.com"])
async def test_a_guesser_with_many_networks_gets_the_total_and_no_more(
    settings: Settings, operator: dict[str, str], monkeypatch: pytest.MonkeyPatch, email: str
):
    async with many_calls_to(settings) as auth:
        await found(auth, operator)
        hashed = count_hashes(monkeypatch)
        assert await guess_from_everywhere(auth, email, 300) == {401: TOTAL, 429: 300 - TOTAL}
        assert len(hashed) == TOTAL
        answer = await login(auth, email, PASSWORD, AWAY)
        assert answer.status_code == 429
        assert 3500 < int(answer.headers["Retry-After"]) <= 3600


@pytest.mark.usefixtures("quick_hashes")
async def test_where_the_owner_is_signed_in_strangers_use_up_no_place(settings: Settings, operator: dict[str, str]):
    async with many_calls_to(settings) as auth:
        await found(auth, operator)
        assert (await login(auth, EMAIL, PASSWORD, HOME)).status_code == 200
        await guess_from_everywhere(auth)
        assert (await login(auth, EMAIL, PASSWORD, AWAY)).status_code == 429
        assert (await login(auth, EMAIL, PASSWORD, HOME)).status_code == 200
        # A place of its own is no free pass: ten, as anywhere.
        codes = [(await login(auth, EMAIL, "wrong", HOME)).status_code for _ in range(LIMIT + 1)]
        assert codes == [401] * LIMIT + [429]


@pytest.mark.usefixtures("quick_hashes")
async def test_a_session_that_was_ended_for_a_reason_keeps_no_place(
    settings: Settings, operator: dict[str, str], database: MigratedDatabase
):
    async with many_calls_to(settings) as auth:
        await found(auth, operator)
        assert (await login(auth, EMAIL, PASSWORD, HOME)).status_code == 200
        await fetch(
            database, "update auth.session set revoked_at = now(), revoked_because = 'revoked' returning account_id"
        )
        await guess_from_everywhere(auth)
        assert (await login(auth, EMAIL, PASSWORD, HOME)).status_code == 429


@pytest.mark.usefixtures("quick_hashes")
async def test_a_used_reset_link_lets_the_owner_in_again_and_strangers_keep_their_refusal(
    settings: Settings, operator: dict[str, str], smtp_sink: SmtpSink
):
    async with many_calls_to(settings) as auth:
        await found(auth, operator)
        for _ in range(LIMIT):
            await login(auth, EMAIL, "wrong", HOME)
        await guess_from_everywhere(auth)
        assert (await login(auth, EMAIL, PASSWORD, HOME)).status_code == 429
        await forgot(auth)
        _, token = await Mailbox(smtp_sink).next_link()
        body = {"token": token, "password": NEW}
        at_home = {"X-Forwarded-For": HOME}
        assert (await auth.post("/auth/password/reset", json=body, headers=at_home)).status_code == 204
        # The strangers go on meanwhile, and use up the total again.
        calls = (login(auth, EMAIL, "wrong", f"203.0.113.{number % 100}") for number in range(TOTAL))
        assert {answer.status_code for answer in await asyncio.gather(*calls)} == {401}
        assert (await login(auth, EMAIL, NEW, HOME)).status_code == 200
        assert (await login(auth, EMAIL, NEW, AWAY)).status_code == 429


@pytest.mark.usefixtures("quick_hashes")
async def test_a_stranger_with_a_wide_network_cannot_keep_the_owner_from_a_link_that_lets_them_in(
    settings: Settings, operator: dict[str, str], smtp_sink: SmtpSink
):
    name, _, host = EMAIL.partition("@")
    async with many_calls_to(settings) as auth:
        await found(auth, operator)
        lines = [f"2001:db8:77:{number:x}::1" for number in range(10)]
        guesses = (login(auth, EMAIL, "wrong", lines[number % 10]) for number in range(TOTAL))
        assert Counter(answer.status_code for answer in await asyncio.gather(*guesses)) == {401: TOTAL}
        for number in range(30):
            await forgot(auth, f"{name}+{number}@{host}", **{"X-Forwarded-For": lines[number % 10]})
        assert (await login(auth, EMAIL, PASSWORD, AWAY)).status_code == 429
        away = {"X-Forwarded-For": AWAY}
        await forgot(auth, **away)
        _, token = await Mailbox(smtp_sink).next_link()
        body = {"token": token, "password": NEW}
        assert (await auth.post("/auth/password/reset", json=body, headers=away)).status_code == 204
        assert (await login(auth, EMAIL, NEW, AWAY)).status_code == 200


async def failed(throttle: Throttle, address: str, email: str) -> bool:
    """Whether a wrong password was looked at."""
    try:
        async with throttle.attempt(address, email):
            raise CredentialsRefused
    except TooManyAttempts:
        return False
    except CredentialsRefused:
        return True


async def nowhere(email: str) -> list[str]:
    del email
    return []


async def test_junk_from_one_address_pushes_out_neither_the_victims_count_nor_its_own():
    throttle = Throttle(InProcess(max_keys=200), nowhere)
    for _ in range(LIMIT):
        assert await failed(throttle, "198.51.100.1", "victim@example.com")
    looked_at = [await failed(throttle, "198.51.100.9", f"junk{number}@example.com") for number in range(600)]
    assert looked_at == [True] * 100 + [False] * 500
    assert not await failed(throttle, "198.51.100.1", "victim@example.com")
    assert not await failed(throttle, "198.51.100.9", "another@example.com")


async def test_an_address_that_has_no_place_left_asks_nothing_of_the_database():
    asked: list[str] = []

    async def addresses_of(email: str) -> list[str]:
        asked.append(email)
        return []

    throttle = Throttle(InProcess(), addresses_of)
    for number in range(TOTAL):
        assert await failed(throttle, f"203.0.113.{number}", "victim@example.com")
        assert await failed(throttle, "198.51.100.9", f"junk{number}@example.com")
    assert not await failed(throttle, "198.51.100.9", "victim@example.com")
    assert not asked
    assert not await failed(throttle, AWAY, "victim@example.com")
    assert asked == ["victim@example.com"]


async def test_an_ipv6_customer_with_many_networks_is_counted_as_one_too():
    throttle = Throttle(InProcess(), nowhere)
    looked_at = [
        await failed(throttle, f"2001:db8:1:{number:x}::1", f"junk{number}@example.com") for number in range(1100)
    ]
    assert looked_at == [True] * 1000 + [False] * 100
    assert await failed(throttle, "2001:db8:2::1", "junk@example.com")
    assert await failed(throttle, "192.0.2.1", "junk@example.com")


@pytest.mark.parametrize(("call", "most"), [("begin_elsewhere", 10_000), ("ask_for_link", 500)])
async def test_links_and_sign_ins_elsewhere_count_the_wide_network_too(call: str, most: int):
    throttle = Throttle(InProcess(), nowhere)
    more = {"email": ""} if call == "ask_for_link" else {}
    for number in range(most):
        if more:
            more["email"] = f"{number}@example.com"
        await getattr(throttle, call)(f"2001:db8:1:{number:x}::1", **more)
    more = dict.fromkeys(more, "one-more@example.com")
    with pytest.raises(TooManyAttempts):
        await getattr(throttle, call)("2001:db8:1:ffff::1", **more)
