"""`branchwise rules`: edit the rules that map sources, hosts, media and campaigns to platforms and channels."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple

import asyncpg
import typer

from branchwise.home_option import HomeOption, chosen_home
from branchwise.progress import console
from branchwise.stack_client import StackNotRunning
from common.settings import Settings
from database.roles import OWNER
from database.sql_files import reapplied_files, run_file

app = typer.Typer(
    no_args_is_help=True,
    help="Which platform and channel a source, host or medium means, for every company: see, add and remove rules.",
)
_SAME: Final = {"facebook": "meta"}


class Kind(StrEnum):
    """What rules are of."""

    platform_source = "platform-source"
    platform_host = "platform-host"
    paid_medium = "paid-medium"
    channel_source = "channel-source"
    channel_rule = "channel-rule"


class _Rules(NamedTuple):
    """The table of a kind of rules, its key column, and the columns of a rule's values."""

    table: str
    key: str
    value_columns: tuple[str, ...]


_RULES: Final = {
    Kind.platform_source: _Rules("analytics.platform_source", "source", ("platform",)),
    Kind.platform_host: _Rules("analytics.platform_host", "name", ("platform",)),
    Kind.paid_medium: _Rules("analytics.paid_medium", "medium", ()),
    Kind.channel_source: _Rules("analytics.channel_source", "source", ("category",)),
    Kind.channel_rule: _Rules(
        "analytics.channel_rule",
        "position",
        ("channel", "source_category", "source_pattern", "medium_pattern", "campaign_pattern"),
    ),
}
_Kind = Annotated[Kind, typer.Argument(help="What the rules are of.")]
_Name = Annotated[str, typer.Argument(help="The source, host or medium; of a channel-rule its position.")]
_Value = Annotated[str, typer.Argument(help="The platform, the category (or none), the channel; of a medium nothing.")]


@app.command("list", epilog="Example: branchwise rules list platform-source")
def list_rules(kind: _Kind, home: HomeOption = None) -> None:
    """Print the rules of a kind, one a line; the operator's own are marked, and no upgrade touches them."""
    rules = _RULES[kind]
    for row in _run(chosen_home(home), f"select * from {rules.table} order by {rules.key}"):  # noqa: S608 -- own names
        said = [f"{name}={row[name]}" for name in rules.value_columns if row[name] is not None]
        line = " ".join([str(row[rules.key]), *said, *(["(own)"] if row.get("is_own") else [])])
        console.print(line, markup=False, highlight=False, soft_wrap=True)


@app.command("add", epilog="Example: branchwise rules add platform-source zalo_ads zalo")
def add_rule(
    kind: _Kind,
    name: _Name,
    value: _Value = "",
    *,
    category: Annotated[str | None, typer.Option(help="Of a channel-rule: the category of the source.")] = None,
    source: Annotated[str | None, typer.Option(help="Of a channel-rule: a pattern of the source.")] = None,
    medium: Annotated[str | None, typer.Option(help="Of a channel-rule: a pattern of the medium.")] = None,
    campaign: Annotated[str | None, typer.Option(help="Of a channel-rule: a pattern of the campaign.")] = None,
    home: HomeOption = None,
) -> None:
    """Add a rule, or replace the one of this name. Existing leads and visits are classified again, too."""
    rules, patterns = _RULES[kind], [category, source, medium, campaign]
    if kind is not Kind.channel_rule and any(patterns):
        message = "only a channel-rule has patterns"
        raise typer.BadParameter(message)
    values: dict[str, Any] = dict(zip(rules.value_columns, [_value(kind, value), *patterns], strict=False))
    if kind is not Kind.paid_medium:
        values["is_own"] = True
    changes = ", ".join(f"{column} = excluded.{column}" for column in values)
    _run(
        chosen_home(home),
        f"insert into {rules.table} ({', '.join([rules.key, *values])})"  # noqa: S608 -- own names
        f" values ({', '.join(f'${number + 1}' for number in range(len(values) + 1))})"
        f" on conflict ({rules.key}) do {f'update set {changes}' if changes else 'nothing'}",
        *(_key(kind, name), *values.values()),
    )


@app.command("remove", epilog="Example: branchwise rules remove platform-source zalo_ads")
def remove_rule(kind: _Kind, name: _Name, home: HomeOption = None) -> None:
    """Remove a rule that was added. If it had replaced a shipped one, that is restored; shipped rules stay."""
    rules = _RULES[kind]
    statement = f"delete from {rules.table} where {rules.key} = $1 returning 1"  # noqa: S608 -- own names
    if not _run(chosen_home(home), statement, _key(kind, name)):
        message = f"there is no {kind} {name}"
        raise typer.BadParameter(message)


def _key(kind: Kind, name: str) -> str | int:
    text = name.strip().lower()
    if not re.fullmatch("[0-9]{1,9}" if kind is Kind.channel_rule else r"[^\0]+", text):
        message = "a channel-rule has a number for a name, such as 650; others have one that is not blank"
        raise typer.BadParameter(message)
    return int(text) if kind is Kind.channel_rule else text


def _value(kind: Kind, value: str) -> str | None:
    if kind is Kind.channel_source and value == "none":
        return None
    if not re.fullmatch("" if kind is Kind.paid_medium else "[a-z0-9_.-]+", value):
        message = "a platform, category or channel is made of a-z, 0-9, _, . and -; of a medium nothing is said"
        raise typer.BadParameter(message)
    return _SAME.get(value, value)


def _run(home: Path, statement: str, *arguments: Any) -> Sequence[asyncpg.Record]:
    settings = Settings(branchwise_home=home)
    if not settings.postgres_host:
        message = f"No stack runs in {home}: start it with `branchwise up`, or name the database (POSTGRES_HOST)."
        raise StackNotRunning(message)
    return asyncio.run(_in_database(settings, statement, arguments))


async def _in_database(settings: Settings, statement: str, arguments: Sequence[Any]) -> Sequence[asyncpg.Record]:
    connection = await asyncpg.connect(settings.admin_dsn())
    try:
        async with connection.transaction():
            await connection.execute(f"set local role {OWNER}")
            rows = await connection.fetch(statement, *arguments)
            # After a change, insert the shipped rules that are missing, like an upgrade.
            for file in reapplied_files() if arguments else ():
                if file.name.startswith("database/reference/"):
                    await run_file(connection, file)
            return rows
    finally:
        await connection.close()
