"""`branchwise secrets`: the key that seals what is stored encrypted, and changing it."""

from __future__ import annotations

import asyncio
import fcntl
import secrets
import sys
from pathlib import Path

import typer

from branchwise.home_option import HomeOption, chosen_home
from branchwise.stack.home import SECRETS_KEY_ID
from branchwise.stack_client import StackNotRunning
from common.embedded.private_file import write_private
from common.reseal import Resealed, reseal, unreadable
from common.running_stack import read_stack_file
from common.sealing import HOME_KEY, HOME_KEYS_OLD, configured_key_id, current_key_id
from common.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    help="The key that seals stored secrets: mail passwords, the secrets of sources, signing keys.",
)


class KeyIsConfigured(RuntimeError):
    """SECRETS_KEY is set: the key is changed where it is set."""


class KeyIsAnother(RuntimeError):
    """The command has another SECRETS_KEY than the services: what it sealed they could not open."""


class SecretsUnreadable(RuntimeError):
    """Stored secrets that no known key opens."""

    def __init__(self, count: int, consequence: str = "") -> None:
        super().__init__(
            f"{count} of the stored secrets open with none of the keys{consequence}: put the key that sealed them into "
            "SECRETS_KEYS_OLD and run this again, or set what they hold anew."
        )


@app.command("reseal", epilog="Example: branchwise secrets reseal")
def reseal_all(home: HomeOption = None) -> None:
    """Seal every stored secret anew under the key in force, while the stack runs; what is done is not done again.

    After a change of SECRETS_KEY (the former one in SECRETS_KEYS_OLD, everything restarted).
    """
    settings = _settings(chosen_home(home))
    _reseal(settings)


@app.command("rotate", epilog="Example: branchwise secrets rotate")
def rotate(home: HomeOption = None) -> None:
    """Make a new key in the home and reseal, while the stack runs. Where SECRETS_KEY is set, change it there."""
    settings = _settings(chosen_home(home))
    if settings.secrets_key.get_secret_value():
        message = (
            "SECRETS_KEY is set: put the present key into SECRETS_KEYS_OLD and a new one into SECRETS_KEY, "
            "restart, and run `branchwise secrets reseal`."
        )
        raise KeyIsConfigured(message)
    if count := asyncio.run(unreadable(settings)):
        raise SecretsUnreadable(count, ", and no new key was made")
    make_new_home_key(settings)
    _reseal(settings)


def make_new_home_key(settings: Settings) -> None:
    """Put a new key in force; the former one goes on opening what it sealed."""
    former = settings.secret_file(HOME_KEY)
    folder = settings.home / "secrets"
    with (folder / ".rotating").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = folder / HOME_KEYS_OLD
        lines = kept.read_text(encoding="ascii").splitlines() if kept.exists() else []
        # First kept, then replaced: at no moment is there a value that no key in the home opens.
        write_private(kept, "\n".join([*lines, former]) + "\n")
        write_private(folder / HOME_KEY, secrets.token_hex(32))


def _reseal(settings: Settings) -> None:
    done = asyncio.run(_all(settings))
    resealed = sum(one.resealed for one in done)
    if count := sum(one.unreadable for one in done):
        raise SecretsUnreadable(count)
    kept = settings.home / "secrets" / HOME_KEYS_OLD
    if resealed:
        # A service may have sealed with the former key what it is about to commit.
        _say("Run it once more in a minute: once there is nothing left to reseal, the former keys can go.")
    elif kept.exists():
        kept.unlink()
        _say("The home's former keys are no longer needed and are gone.")
    else:
        _say("No former key is needed: SECRETS_KEYS_OLD may be empty.")


async def _all(settings: Settings) -> list[Resealed]:
    _say(f"Sealing with key {current_key_id(settings)}")
    done: list[Resealed] = []
    async for one in reseal(settings):
        left = f", {one.unreadable} cannot be opened" if one.unreadable else ""
        _say(f"  {one.column.service}.{one.column.table}: {one.resealed} resealed{left}")
        done.append(one)
    return done


def _settings(home: Path) -> Settings:
    settings = Settings(branchwise_home=home)
    if not settings.postgres_host:
        message = f"No stack runs in {home}: start it with `branchwise up`, or name the database (POSTGRES_HOST)."
        raise StackNotRunning(message)
    _refuse_another_key(settings)
    return settings


def _refuse_another_key(settings: Settings) -> None:
    """Hold this shell's key against the one that the stack of this home, where one runs, was started with."""
    running = read_stack_file(settings.home)
    if SECRETS_KEY_ID not in running or running[SECRETS_KEY_ID] == configured_key_id(settings):
        return
    theirs = running[SECRETS_KEY_ID]
    known_as = f"its id is {theirs}" if theirs else "they have none: the home's own key seals"
    message = f"SECRETS_KEY is another here: run it with the SECRETS_KEY that the services have ({known_as})."
    raise KeyIsAnother(message)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
