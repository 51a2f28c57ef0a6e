from pathlib import Path

import pytest

from common.sealing import SealBroken, seal, unseal
from common.settings import Settings


def test_a_sealed_secret_opens_in_its_place(tmp_path: Path) -> None:
    settings = Settings(branchwise_home=tmp_path)

    sealed = seal(settings, "geheim", "tenant-1/smtp")

    assert "geheim" not in sealed
    assert unseal(settings, sealed, "tenant-1/smtp") == "geheim"


def test_a_sealed_secret_moved_to_another_tenant_does_not_open(tmp_path: Path) -> None:
    settings = Settings(branchwise_home=tmp_path)

    with pytest.raises(SealBroken):
        unseal(settings, seal(settings, "geheim", "tenant-1/smtp"), "tenant-2/smtp")


def test_another_key_says_that_it_is_another(tmp_path: Path) -> None:
    sealed = seal(Settings(branchwise_home=tmp_path / "a"), "geheim", "x")

    with pytest.raises(SealBroken, match="this home has key"):
        unseal(Settings(branchwise_home=tmp_path / "b"), sealed, "x")
