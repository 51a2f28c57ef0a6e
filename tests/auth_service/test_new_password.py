"""What a new password is judged by."""

import pytest

from services.auth_service.domain.new_password import refuse_guessable
from services.auth_service.errors.own_account import PasswordGuessable

HARD = "brass kettle 9932 maroon sky"


async def test_a_long_password_is_judged_by_its_beginning_which_bounds_what_judging_costs():
    await refuse_guessable(HARD, ())
    await refuse_guessable(HARD + "a" * 100, ())
    with pytest.raises(PasswordGuessable):
        await refuse_guessable("a" * 32 + HARD, ())
