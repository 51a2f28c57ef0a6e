"""Stacks that a test starts, kills and stops itself."""

from collections.abc import Callable, Iterator

import pytest

from common.testing.stack import Stack


@pytest.fixture(scope="module")
def new_stack() -> Iterator[Callable[[], Stack]]:
    """Makes stacks that nobody has started yet; ends them afterwards."""
    made: list[Stack] = []

    def make() -> Stack:
        made.append(Stack())
        return made[-1]

    yield make
    for stack in made:
        stack.close()
