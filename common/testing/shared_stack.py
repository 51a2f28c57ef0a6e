"""One stack that the tests of a worker share, stopped as soon as none of them is left."""

from collections.abc import Callable, Generator, Iterator
from functools import partial
from typing import Any, Final, cast

import pytest

from common.testing.smtp import SmtpSink
from common.testing.stack import Stack

_FINISH: Final = pytest.StashKey[Callable[[], None]]()


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """One stack for all tests of a worker that need one; each test makes a company of its own."""
    fixture = cast("Any", request)._fixturedef  # noqa: SLF001 -- pytest has no other word for it
    with Stack(durable=False) as running:
        request.config.stash[_FINISH] = partial(fixture.finish, request)
        yield running


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, object, object]:
    """Stop the shared stack after the last of its tests: at rest it takes a twentieth of a core until the run ends."""
    answer = yield
    if nextitem is None or _group_of(nextitem) != _group_of(item):
        finish = item.config.stash.get(_FINISH, None)
        if finish is not None:
            del item.config.stash[_FINISH]
            finish()
    return answer


def _group_of(item: pytest.Item) -> object:
    mark = item.get_closest_marker("xdist_group")
    return mark and (mark.args, mark.kwargs)


@pytest.fixture
def stack_post(stack: Stack) -> Iterator[SmtpSink]:
    """An SMTP server that the stack's tenants may name; it keeps what it is sent."""
    with SmtpSink(stack.mail_port) as sink:
        yield sink
