import asyncio
import pickle
import time
from collections import Counter
from uuid import UUID, uuid4

import pytest

from common.auth.access_changes import AccessChange
from common.problem import Problem
from common.settings import Settings
from common.testing.people import Person
from services.gateway.domain.callers import Callers
from services.gateway.errors import ApiKeyRefused, ServiceUnreachable
from services.gateway.sources.auth import Auth, KnownCaller, TenantOfCaller
from tests.gateway.system_of_one import system_of_one
from tests.gateway.zipf import zipf_callers

pytestmark = pytest.mark.asyncio(loop_scope="module")

TENANT = uuid4()


class Asked(Auth):
    """The auth service as it is asked: counts the questions, and answers when it is let."""

    def __init__(self) -> None:
        self.count: Counter[bytes] = Counter()
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.refusal: Problem | None = None
        self.lives_seconds = 900.0
        self.plan = "premium"

    def withdraw(self, signing_keys: list[str]) -> None:
        del signing_keys

    async def caller(self, credentials: tuple[tuple[bytes, bytes], ...]) -> KnownCaller:
        key = credentials[0][1]
        self.count[key] += 1
        plan, refusal = self.plan, self.refusal
        await self.may_answer.wait()
        if refusal is not None:
            raise refusal
        account = str(UUID(int=int.from_bytes(key, "big") % (1 << 128)))
        expires_at = time.time() + self.lives_seconds
        return KnownCaller(account, account, None, expires_at, [TenantOfCaller(str(TENANT), plan)])


def credentials(number: int) -> tuple[tuple[bytes, bytes], ...]:
    return ((b"authorization", number.to_bytes(4, "big")),)


async def test_zipf_traffic_over_more_accounts_than_are_remembered_is_mostly_known():
    # 100,000 accounts, room for 20,000 verdicts. s = 1.1: the first fifth of them makes nine tenths of the requests.
    auth = Asked()
    callers = Callers(auth, size=20_000)
    requests = zipf_callers(100_000, 200_000, s=1.1)
    for number in requests[:100_000]:
        await callers.judge(credentials(number), ())
    asked = sum(auth.count.values())
    for number in requests[100_000:]:
        await callers.judge(credentials(number), ())
    known = 1 - (sum(auth.count.values()) - asked) / 100_000
    assert known > 0.85
    assert len(callers._verdicts) == 20_000


async def test_a_crowd_with_one_token_asks_once():
    auth = Asked()
    auth.may_answer.clear()
    callers = Callers(auth)
    crowd = [asyncio.ensure_future(callers.judge(credentials(number % 2), ())) for number in range(500)]
    await asyncio.sleep(0)
    crowd[0].cancel()
    auth.may_answer.set()
    judged = await asyncio.gather(*crowd[1:])
    assert len(set(judged)) == 2
    assert set(auth.count.values()) == {1}


async def test_a_crowd_is_refused_as_one_and_the_next_asks_again():
    auth = Asked()
    auth.refusal = ApiKeyRefused()
    callers = Callers(auth)
    refusals = await asyncio.gather(*(callers.judge(credentials(1), ()) for _ in range(50)), return_exceptions=True)
    assert all(isinstance(refusal, ApiKeyRefused) for refusal in refusals)
    assert auth.count.total() == 1
    auth.refusal = None
    await callers.judge(credentials(1), ())
    assert auth.count.total() == 2


async def test_an_outage_of_auth_is_not_remembered():
    auth = Asked()
    auth.refusal = ServiceUnreachable("auth")
    callers = Callers(auth)
    with pytest.raises(ServiceUnreachable):
        await callers.judge(credentials(1), ())
    auth.refusal = None
    await callers.judge(credentials(1), ())


@pytest.mark.parametrize("names", ["accounts", "sessions", "tenants"])
async def test_a_change_drops_what_it_names_and_nothing_else(names: str):
    auth = Asked()
    callers = Callers(auth)
    for number in (1, 2):
        await callers.judge(credentials(number), ())
    named = TENANT if names == "tenants" else UUID(int=1)
    change = {
        "accounts": AccessChange(accounts=[named]),
        "sessions": AccessChange(sessions=[named]),
        "tenants": AccessChange(tenants=[named]),
    }
    callers.forget(change[names])
    for number in (1, 2, 1, 2):
        await callers.judge(credentials(number), ())
    touched_too = 2 if names == "tenants" else 1
    assert [auth.count[credentials(number)[0][1]] for number in (1, 2)] == [2, touched_too]


async def test_what_was_asked_before_a_change_is_not_kept():
    auth = Asked()
    auth.may_answer.clear()
    callers = Callers(auth)
    before = asyncio.ensure_future(callers.judge(credentials(1), ()))
    while not auth.count:
        await asyncio.sleep(0)
    auth.plan = "free"
    callers.forget(AccessChange(tenants=[TENANT]))
    # Who comes after the change does not share the older question's answer.
    after = asyncio.ensure_future(callers.judge(credentials(1), ()))
    while auth.count.total() == 1:
        await asyncio.sleep(0)
    auth.may_answer.set()
    assert ((await before).per_hour, (await after).per_hour) == (1000, 100)
    assert (await callers.judge(credentials(1), ())).per_hour == 100
    assert auth.count.total() == 2


async def test_after_a_gap_on_the_bus_everything_is_asked_again():
    auth = Asked()
    callers = Callers(auth)
    for number in (1, 2):
        await callers.judge(credentials(number), ())
    callers.forget_everything()
    for number in (1, 2):
        await callers.judge(credentials(number), ())
    assert auth.count.total() == 4


async def test_a_withdrawn_signing_key_takes_everything_along():
    auth = Asked()
    callers = Callers(auth)
    await callers.judge(credentials(1), ())
    callers.forget(AccessChange(signing_keys=["some key"]))
    await callers.judge(credentials(1), ())
    assert auth.count.total() == 2


async def test_nothing_is_kept_past_the_tokens_own_end():
    auth = Asked()
    auth.lives_seconds = 0.05
    callers = Callers(auth)
    await callers.judge(credentials(1), ())
    await asyncio.sleep(0.06)
    await callers.judge(credentials(1), ())
    assert auth.count.total() == 2


async def test_what_is_remembered_holds_no_token():
    callers = Callers(Asked())
    await callers.judge(((b"x-api-key", b"opens everything"),), ())
    assert len(callers._verdicts) == 1
    assert b"opens" not in pickle.dumps(callers._verdicts._entries)


async def test_a_stampede_on_an_empty_cache_costs_auth_one_question_a_token(alone: Settings, person: Person):
    async with system_of_one(alone) as system:
        await asyncio.gather(*(system.client.get("/health/live") for _ in range(5)))
        answers = await asyncio.gather(*(system.client.get("/data/x", headers=person.headers) for _ in range(80)))
        assert {answer.status_code for answer in answers} == {200}
        # One more where the bus was reached only in the middle of it.
        assert system.asked_of_auth.count("/auth/caller") <= 2
