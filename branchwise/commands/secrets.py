"""`branchwise secrets`: rotate the key that encrypts stored secrets, and encrypt them again with the current key."""

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
    """SECRETS_KEY is set, so the key has to be changed there."""


class KeyIsAnother(RuntimeError):
    """The command has another SECRETS_KEY than the services, which could not decrypt what it encrypts."""


class SecretsUnreadable(RuntimeError):
    """Some stored secrets cannot be decrypted with any known key."""

    def __init__(self, count: int, consequence: str = "") -> None:
        super().__init__(
            f"{count} of the stored secrets open with none of the keys{consequence}: put the key that sealed them into "
            "SECRETS_KEYS_OLD and run this again, or set what they hold anew."
        )


@app.command("reseal", epilog="Example: branchwise secrets reseal")
def reseal_all(home: HomeOption = None) -> None:
    """Encrypt every stored secret again with the current key, while the stack runs.

    Run it after SECRETS_KEY was changed, with the former key in SECRETS_KEYS_OLD, and everything was restarted. Secrets
    that are encrypted with the current key already are skipped.
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
    """Create a new current key. The former one is kept to decrypt what it has encrypted."""
    former = settings.secret_file(HOME_KEY)
    folder = settings.home / "secrets"
    with (folder / ".rotating").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        former_keys = folder / HOME_KEYS_OLD
        lines = former_keys.read_text(encoding="ascii").splitlines() if former_keys.exists() else []
        # The former key is stored before it is replaced, so that the home always has the key of every value.
        write_private(former_keys, "\n".join([*lines, former]) + "\n")
        write_private(folder / HOME_KEY, secrets.token_hex(32))


def _reseal(settings: Settings) -> None:
    columns = asyncio.run(_reseal_columns(settings))
    resealed = sum(column.resealed for column in columns)
    if count := sum(column.unreadable for column in columns):
        raise SecretsUnreadable(count)
    former_keys = settings.home / "secrets" / HOME_KEYS_OLD
    if resealed:
        # A service may be about to commit a value that it has encrypted with the former key.
        _say("Run it once more in a minute: once there is nothing left to reseal, the former keys can go.")
    elif former_keys.exists():
        former_keys.unlink()
        _say("The home's former keys are no longer needed and are gone.")
    else:
        _say("No former key is needed: SECRETS_KEYS_OLD may be empty.")


async def _reseal_columns(settings: Settings) -> list[Resealed]:
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
    """Raise KeyIsAnother if a stack runs in this home with another SECRETS_KEY than that of this command."""
    running = read_stack_file(settings.home)
    if SECRETS_KEY_ID not in running or running[SECRETS_KEY_ID] == configured_key_id(settings):
        return
    theirs = running[SECRETS_KEY_ID]
    known_as = f"its id is {theirs}" if theirs else "they have none: the home's own key seals"
    message = f"SECRETS_KEY is another here: run it with the SECRETS_KEY that the services have ({known_as})."
    raise KeyIsAnother(message)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
