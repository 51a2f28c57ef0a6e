import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[2]
ALL, RUNTIME = "requirements.lock", "requirements-runtime.lock"
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^\]]*\])?==([^ ;\\]+)", re.MULTILINE)
REQUIRED_BY_US = re.compile(r"branchwise \(pyproject\.toml(?::dev)?\)|-r pyproject\.toml")


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _pins(lock: str) -> dict[str, Version]:
    return {_normal(name): Version(version) for name, version in PIN.findall((ROOT / lock).read_text())}


def _required(lock: str) -> Iterator[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    yield from map(Requirement, project["project"]["dependencies"])
    if lock == ALL:
        yield from map(Requirement, project["dependency-groups"]["dev"])


@pytest.mark.parametrize("lock", [ALL, RUNTIME])
def test_the_lock_holds_a_fitting_version_of_all_that_the_project_requires(lock: str) -> None:
    pins = _pins(lock)
    for requirement in _required(lock):
        assert pins[_normal(requirement.name)] in requirement.specifier, requirement


@pytest.mark.parametrize("lock", [ALL, RUNTIME])
def test_the_lock_holds_nothing_that_the_project_no_longer_requires(lock: str) -> None:
    ours = {_normal(requirement.name) for requirement in _required(lock)}
    blocks = re.split(r"^(?=[a-z0-9])", (ROOT / lock).read_text(), flags=re.MULTILINE)
    said = {_normal(match[1]) for block in blocks if (match := PIN.match(block)) and REQUIRED_BY_US.search(block)}
    assert said == ours


def test_both_locks_choose_the_same_versions() -> None:
    everything = _pins(ALL)
    assert _pins(RUNTIME).items() <= everything.items()


@pytest.mark.parametrize("lock", [ALL, RUNTIME, "requirements-uv.lock"])
def test_every_package_is_pinned_by_hash_and_no_host_is_named(lock: str) -> None:
    text = (ROOT / lock).read_text()
    for block in re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]:
        assert "--hash=sha256:" in block, block.splitlines()[0]
    assert "://" not in text
