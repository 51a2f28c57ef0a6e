from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from branchwise.commands.secrets import make_new_home_key
from common.sealing import SealBroken, current_key_id, hint_for_production, seal, unseal
from common.settings import Settings

A, B, C = (f"key {name} of the tests with thirty-two bytes" for name in "ABC")


def settings(home: Path, **more: Any) -> Settings:
    return Settings(branchwise_home=home, **more)


def test_a_sealed_secret_opens_in_its_place(tmp_path: Path) -> None:
    sealed = seal(settings(tmp_path), "geheim", "tenant-1/smtp")

    assert "geheim" not in sealed
    assert unseal(settings(tmp_path), sealed, "tenant-1/smtp") == "geheim"
    assert sealed.startswith(f"v1.{current_key_id(settings(tmp_path))}.")


def test_a_sealed_secret_moved_to_another_tenant_does_not_open(tmp_path: Path) -> None:
    with pytest.raises(SealBroken):
        unseal(settings(tmp_path), seal(settings(tmp_path), "geheim", "tenant-1/smtp"), "tenant-2/smtp")


def test_another_home_says_that_its_keys_are_others(tmp_path: Path) -> None:
    sealed = seal(settings(tmp_path / "a"), "geheim", "x")

    with pytest.raises(SealBroken, match="not among the keys"):
        unseal(settings(tmp_path / "b"), sealed, "x")


@pytest.mark.parametrize(
    "change", ["", "v1", "v1.", "v2.", "v1..", "plain", "v1.{id}.", "v1.{id}.!!!", "v1.{id}.AAAA", "é"]
)
def test_what_was_never_sealed_is_said_to_be_broken(tmp_path: Path, change: str) -> None:
    with pytest.raises(SealBroken):
        unseal(settings(tmp_path), change.format(id=current_key_id(settings(tmp_path))), "x")


def test_a_flipped_bit_does_not_open(tmp_path: Path) -> None:
    sealed = seal(settings(tmp_path), "geheim", "x")
    # (the last characters hold bits that stand for nothing)
    for place in range(len(sealed) - 40, len(sealed) - 4):
        flipped = sealed[:place] + ("A" if sealed[place] != "A" else "B") + sealed[place + 1 :]
        with pytest.raises(SealBroken):
            unseal(settings(tmp_path), flipped, "x")


def test_the_new_key_seals_and_old_ones_open_for_as_long_as_they_are_named(tmp_path: Path) -> None:
    by_a = seal(settings(tmp_path, secrets_key=A), "geheim", "x")
    moved = settings(tmp_path, secrets_key=B, secrets_keys_old=f" {C} ,{A},")

    assert unseal(moved, by_a, "x") == "geheim"
    assert seal(moved, "neu", "x").startswith(f"v1.{current_key_id(settings(tmp_path, secrets_key=B))}.")
    with pytest.raises(SealBroken, match="not among the keys"):
        unseal(settings(tmp_path, secrets_key=B), by_a, "x")


def test_what_the_homes_key_sealed_still_opens_once_secrets_key_is_set(tmp_path: Path) -> None:
    by_home = seal(settings(tmp_path), "geheim", "x")

    assert unseal(settings(tmp_path, secrets_key=A), by_home, "x") == "geheim"


def test_a_new_key_in_the_home_is_in_force_at_once_and_the_former_ones_open(tmp_path: Path) -> None:
    running = settings(tmp_path)
    sealed = []
    for _ in range(3):
        sealed.append(seal(running, "geheim", "x"))
        make_new_home_key(settings(tmp_path))

    assert len({value.split(".")[1] for value in sealed}) == 3
    assert [unseal(running, value, "x") for value in sealed] == ["geheim"] * 3
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "secrets").glob("secrets_*")} == {0}


@pytest.mark.parametrize("key", ["too short", A.replace(" ", ","), f" {A}"])
def test_a_key_that_is_short_or_could_not_be_listed_among_old_ones_is_refused(key: str) -> None:
    with pytest.raises(ValidationError, match="SECRETS_KEY"):
        Settings(secrets_key=key)  # pyright: ignore[reportArgumentType] -- pydantic makes it secret


def test_production_is_told_of_a_key_that_nobody_chose(tmp_path: Path) -> None:
    assert str(tmp_path / "secrets") in str(hint_for_production(settings(tmp_path, environment="production")))
    assert hint_for_production(settings(tmp_path, environment="production", secrets_key=A)) is None
    assert hint_for_production(settings(tmp_path)) is None
