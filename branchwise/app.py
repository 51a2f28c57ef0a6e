"""Define the commands of `branchwise` with their options, and report expected errors without a traceback."""

from __future__ import annotations

import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from uuid import UUID

import asyncpg
import typer
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from rich.console import Console

from branchwise.commands import accounts, aggregates, audit, backup, database, keys, rules, secrets, tenants
from branchwise.commands import import_file as importing
from branchwise.commands import send_reports as sending
from branchwise.commands.backup import CannotBackUp, CannotRestore
from branchwise.commands.secrets import KeyIsAnother, KeyIsConfigured, SecretsUnreadable
from branchwise.home_option import HomeOption, chosen_home
from branchwise.jobs import JobDidNotComplete
from branchwise.stack.home import HalfRestored, StackAlreadyRuns
from branchwise.stack.ports import PortShared, PortTaken
from branchwise.stack.up import UpOptions
from branchwise.stack.up import up as run_stack
from branchwise.stack_client import Refused, StackClient, StackNotRunning
from common.embedded.account import NoUnprivilegedAccount
from common.embedded.nats import NatsDidNotStart
from common.embedded.postgres import PostgresDidNotStart
from common.embedded.postgres_binaries import BinariesMissing
from common.embedded.process import die_with_parent
from database.errors import DatabaseIsNewer
from database.rights import MissingRights
from database.sql_files import SqlFileFailed

# Errors that are not bugs of the program. Each is reported in one sentence, without a traceback.
_EXPECTED = (
    BinariesMissing,
    CannotBackUp,
    CannotRestore,
    DatabaseIsNewer,
    HalfRestored,
    JobDidNotComplete,
    KeyIsAnother,
    KeyIsConfigured,
    MissingRights,
    NatsDidNotStart,
    NoUnprivilegedAccount,
    PortShared,
    PortTaken,
    PostgresDidNotStart,
    Refused,
    SecretsUnreadable,
    SqlFileFailed,
    StackAlreadyRuns,
    StackNotRunning,
    OSError,
    asyncpg.PostgresError,
)

app = typer.Typer(
    name="branchwise",
    help="Tells each branch's sales rep whom to follow up: run the stack, and work with the one that runs.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
)
db = typer.Typer(no_args_is_help=True, help="The database: bring it up to date, or prepare a managed one.")
app.add_typer(db, name="db")
app.add_typer(tenants.app, name="tenant")
app.add_typer(accounts.app, name="account")
app.add_typer(keys.app, name="keys")
app.add_typer(aggregates.app, name="aggregates")
app.add_typer(rules.app, name="rules")
app.add_typer(secrets.app, name="secrets")

TenantOption = Annotated[UUID, typer.Option("--tenant", help="The tenant's id, as `tenant create` answered it.")]


class Kind(StrEnum):
    """What a file holds."""

    ga4_export = "ga4-export"
    users = "users"
    locations = "locations"
    products = "products"
    leads = "leads"
    contracts = "contracts"
    campaign_performance = "campaign-performance"
    fx_rates = "fx-rates"


@app.command(epilog="Example: branchwise up --home /srv/branchwise --port-base 9000 --ready-file /tmp/ready")
def up(
    home: HomeOption = None,
    port_base: Annotated[
        int | None,
        typer.Option(min=1024, max=65528, help="Gateway on N, the services on N+1 to N+6, its metrics on N+7."),
    ] = None,
    no_demo: Annotated[bool, typer.Option("--no-demo", help="Make no demo tenant.")] = False,
    ready_file: Annotated[
        Path | None, typer.Option(help="A file that appears when everything answers, and goes when it stops.")
    ] = None,
    reload: Annotated[bool, typer.Option("--reload", help="Restart a service when its code changes.")] = False,
    stop_with_parent: Annotated[
        bool, typer.Option("--stop-with-parent", help="Stop too when the process that started this one is killed.")
    ] = False,
) -> None:
    """Run everything until Ctrl-C: Postgres and NATS (unless POSTGRES_HOST, NATS_URL), the services, the gateway."""
    if stop_with_parent:
        die_with_parent(signal.SIGTERM)
    run_stack(UpOptions(chosen_home(home), port_base, not no_demo, ready_file, reload))


@db.command("upgrade", epilog="Example: branchwise db upgrade --home var")
def db_upgrade(home: HomeOption = None) -> None:
    """Bring the database to the newest revision and apply functions, policies and grants again."""
    database.upgrade_database(chosen_home(home))


@db.command("bootstrap", epilog="Example: POSTGRES_PASSWORD=… branchwise db bootstrap --print | psql -h db.example")
def db_bootstrap(
    print_it: Annotated[bool, typer.Option("--print", help="Print the SQL (nothing else is done).")] = False,
    home: HomeOption = None,
) -> None:
    """Show the SQL that an administrator of a managed server runs once, where the migrating user lacks the rights."""
    if not print_it:
        raise typer.BadParameter("say --print; an administrator runs the SQL, this command never does")
    sys.stdout.write(database.print_bootstrap(chosen_home(home)))


@app.command("import", epilog="Example: branchwise import leads crm.csv --tenant 6f9c… --dates dmy --preview")
def import_(
    kind: Annotated[Kind, typer.Argument(help="What the file holds.")],
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="NDJSON, .gz, Parquet or CSV.")],
    tenant_id: TenantOption,
    preview: Annotated[bool, typer.Option("--preview", help="Show what the import would do; write nothing.")] = False,
    preset: Annotated[
        str | None, typer.Option(help="Whose export it is, such as meta-ads; else seen by itself.")
    ] = None,
    mapping: Annotated[
        str | None, typer.Option(help='JSON of our columns and the file\'s headers: \'{"lead_id": "Prospect ID"}\'.')
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="Such as windows-1251; else seen by the letters.")] = None,
    dates: Annotated[
        str | None, typer.Option(help="ymd, dmy, mdy or yymd, where the dates themselves leave it open.")
    ] = None,
    decimal: Annotated[str | None, typer.Option(help="point or comma, where numbers leave it open.")] = None,
    fill_days: Annotated[
        int | None, typer.Option(help="Of fx-rates: for how many days behind it a rate also stands, up to 31.")
    ] = None,
    home: HomeOption = None,
) -> None:
    """Import a file into a tenant and wait until every answer includes its rows; or see what that would do."""
    given = {"preset": preset, "mapping": mapping, "encoding": encoding, "dates": dates, "decimal": decimal}
    given["fill_days"] = None if fill_days is None else str(fill_days)
    options = {name: value for name, value in given.items() if value is not None}
    act = importing.preview_file if preview else importing.import_file
    act(chosen_home(home), kind.value, file, tenant_id, options)


@app.command("send-reports", epilog="Example: branchwise send-reports --tenant 6f9c… --date 2026-03-31 --branch D07")
def send_reports(
    tenant_id: TenantOption,
    day: Annotated[datetime, typer.Option("--date", formats=["%Y-%m-%d"], help="The day that is reported.")],
    branch: Annotated[
        list[str] | None, typer.Option(help="A branch's code; repeat for several. Without: every enabled branch.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Also where the report was sent already.")] = False,
    home: HomeOption = None,
) -> None:
    """Send the branch reports of a day and wait until they are sent."""
    sending.send_reports(chosen_home(home), tenant_id, day.date(), branch or [], force=force)


@app.command(epilog='Example: curl -H "Authorization: Bearer $(branchwise token --email demo@branchwise.example)" …')
def token(
    email: Annotated[str, typer.Option(help="Whose token.")],
    home: HomeOption = None,
) -> None:
    """Print an access token for an account (only where ENVIRONMENT is development)."""
    with StackClient(chosen_home(home)) as stack:
        answer = stack.operator("/tokens", {"email": email})
    sys.stdout.write(answer["access_token"] + "\n")


# The help lists commands in the order in which they are added.
app.command("backup", epilog="Example: branchwise backup /backup/branchwise-$(date +%F).tar")(backup.backup)
app.command("restore", epilog="Example: branchwise restore /backup/monday.tar --home /srv/branchwise")(backup.restore)
app.command("audit", epilog="Example: branchwise audit --tenant 6f9c… --action member")(audit.audit)


@contextmanager
def report_errors() -> Generator[None]:
    """Report expected errors on stderr without a traceback, and exit with code 1."""
    errors = Console(stderr=True, highlight=False)
    try:
        yield
    except ValidationError as error:
        errors.print("[red]A setting does not hold:[/red]")
        for fault in error.errors():
            errors.print(f"  {_setting_fault(fault)}", markup=False, soft_wrap=True)
        raise SystemExit(1) from None
    except _EXPECTED as error:
        errors.print(_sentence(error), style="red", markup=False, soft_wrap=True)
        raise SystemExit(1) from None


def _setting_fault(fault: ErrorDetails) -> str:
    """Return what is wrong with a setting, with its name. Messages of our own validators already contain the name."""
    if fault["type"] == "value_error":
        return fault["msg"].removeprefix("Value error, ")
    return f"{'.'.join(map(str, fault['loc'])).upper()}: {fault['msg']}"


def _sentence(error: BaseException) -> str:
    """Return the text of an error. That of a file error has no error number."""
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}"
    return str(error)
