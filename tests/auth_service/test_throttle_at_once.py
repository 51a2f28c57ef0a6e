"""Many who sign in at once: nobody stands in another's way, and every place is left again."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from common.rate_limits import InProcess
from services.auth_service.domain.throttle import Throttle
from services.auth_service.errors.sign_in import TooManyAttempts, TooManySignIns
from tests.auth_service.test_throttle_of_networks import HOME, failed, nowhere

ANSWER_SECONDS = 5


async def sign_in(throttle: Throttle, address: str, email: str, until: asyncio.Event | None = None) -> str:
    """Sign in with the right password, which is looked at until then; how that was answered."""
    try:
        async with throttle.attempt(address, email) as attempt:
            if until is not None:
                await until.wait()
            attempt.succeeded = True
    except (TooManyAttempts, TooManySignIns) as refusal:
        return refusal.type
    return "let in"


@asynccontextmanager
async def crowd(throttle: Throttle, addresses: int, accounts: int) -> AsyncGenerator[None]:
    """2,200 attempts at so many accounts from so many addresses, of which those that are looked at are so meanwhile."""
    throttle._turns = asyncio.Semaphore(2_200)  # who waits for places is what this is about
    until = asyncio.Event()
    attempts = [
        asyncio.create_task(
            sign_in(throttle, f"198.51.100.{number % addresses}", f"own{number % accounts}@example.com", until)
        )
        for number in range(2_200)
    ]
    await asyncio.sleep(0)
    yield
    until.set()
    assert set(await asyncio.gather(*attempts)) <= {"let in", "too-many-sign-ins"}


@pytest.mark.parametrize("address", [HOME, "198.51.100.0"])
async def test_who_waits_for_their_own_account_keeps_nobody_else_out(address: str):
    throttle = Throttle(InProcess(), nowhere)
    async with crowd(throttle, addresses=1, accounts=1), asyncio.timeout(ANSWER_SECONDS):
        assert await sign_in(throttle, address, "somebody@example.com") == "let in"


async def test_who_waits_at_one_address_with_many_accounts_keeps_nobody_elsewhere_out():
    throttle = Throttle(InProcess(), nowhere)
    async with crowd(throttle, addresses=1, accounts=100), asyncio.timeout(ANSWER_SECONDS):
        assert await sign_in(throttle, HOME, "somebody@example.com") == "let in"


async def test_a_network_has_no_more_attempts_in_hand_than_its_bound():
    throttle = Throttle(InProcess(), nowhere)
    async with crowd(throttle, addresses=1, accounts=100):
        assert await sign_in(throttle, "198.51.100.0", "somebody@example.com") == "too-many-sign-ins"
    assert await sign_in(throttle, "198.51.100.0", "somebody@example.com") == "let in"
    assert not throttle._present


async def test_two_hundred_and_fifty_colleagues_at_once_are_all_let_in():
    throttle = Throttle(InProcess(), nowhere)
    calls = (sign_in(throttle, HOME, f"{number}@example.com") for number in range(250))
    assert Counter(await asyncio.gather(*calls)) == {"let in": 250}


class OneFault(InProcess):
    """Does not give the first place back: it fails, or takes for ever."""

    def __init__(self, *, fails: bool) -> None:
        super().__init__()
        self.asked = asyncio.Event()
        self.fails = fails

    async def give_back(self, key: str) -> None:
        if self.asked.is_set():
            await super().give_back(key)
            return
        self.asked.set()
        if self.fails:
            message = "a fault"
            raise OSError(message)
        await asyncio.Event().wait()


async def test_where_one_place_cannot_be_given_back_the_others_are_left_all_the_same():
    storage = OneFault(fails=True)
    throttle = Throttle(storage, nowhere)
    with pytest.raises(OSError, match="a fault"):
        await sign_in(throttle, HOME, "somebody@example.com")
    await assert_left(throttle)


async def test_who_is_cancelled_while_leaving_leaves_every_place_all_the_same():
    storage = OneFault(fails=False)
    throttle = Throttle(storage, nowhere)
    call = asyncio.create_task(sign_in(throttle, HOME, "somebody@example.com"))
    await storage.asked.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await assert_left(throttle)


async def assert_left(throttle: Throttle) -> None:
    """Who takes an address's places finds the last one used up; as long as one is held, they wait for it."""
    async with asyncio.timeout(ANSWER_SECONDS):
        looked_at = [await failed(throttle, HOME, f"junk{number}@example.com") for number in range(101)]
    assert looked_at == [True] * 100 + [False]
