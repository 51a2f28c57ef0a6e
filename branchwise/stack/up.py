"""`branchwise up`: start the whole stack, run it until it is stopped, and shut it down."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from branchwise.demo.tenant import Demo, make_demo
from branchwise.demo.vendors import DemoVendors, demo_vendors
from branchwise.jobs import JobDidNotComplete
from branchwise.progress import console, step
from branchwise.stack.child import Child, command_of
from branchwise.stack.home import MARK, SECRETS_KEY_ID, Home
from branchwise.stack.ports import ports_from, refuse_shared_ports, refuse_taken_ports
from branchwise.stack.reload import restart_on_change
from branchwise.stack.schema import bring_up_to_date
from branchwise.stack.servers import Servers
from branchwise.stack.signals import Signals, StopAsked, ignore_signals
from branchwise.stack.supervisor import Supervisor
from branchwise.stack_client import Refused, StackNotRunning
from common.clock import now
from common.sealing import configured_key_id, hint_for_production
from common.settings import SERVICES, Settings, port_setting
from common.unknown_settings import unknown_in_env_file

# Settings of the stack that the services do not need and must not get.
_LAUNCHER_ONLY = ("postgres_user", "postgres_password", "database_url")


@dataclass(frozen=True)
class UpOptions:
    """The options of the command line."""

    home: Path
    port_base: int | None
    demo: bool
    ready_file: Path | None
    reload: bool = False


def up(options: UpOptions) -> None:
    """Run the stack until SIGINT or SIGTERM.

    Raises StackAlreadyRuns, HalfRestored, PortShared, PortTaken, MissingRights, PostgresDidNotStart, NatsDidNotStart,
    SqlFileFailed, OSError.
    """
    if options.ready_file:
        options.ready_file.parent.stat()  # fails now if its folder does not exist, not after everything was started
    home = Home(options.home)
    with home.lock():
        home.check_whole()
        _forget(home, options)
        signals = Signals()
        signals.listen()
        try:
            _run(home, options, signals)
        except StopAsked:
            console.print("Stopped.")
        finally:
            _forget(home, options)


def _run(home: Home, options: UpOptions, signals: Signals) -> None:
    if home.end_leftovers():
        console.print("Ended what an earlier launcher had left running.")
    settings = Settings(branchwise_home=home.path, **ports_from(options.port_base))
    if unknown := unknown_in_env_file():
        warning = f".env: no setting is called {', '.join(unknown)}; .env.example lists them all"
        console.print(f"  {warning}", style="yellow", markup=False, soft_wrap=True)
    refuse_shared_ports(settings)
    refuse_taken_ports(settings)
    servers = Servers(home, settings)
    supervisor: Supervisor | None = None
    try:
        effective = _effective(settings, servers.start())
        vendors = demo_vendors(home.path, now()) if _has_demo(options, settings) else None
        effective |= vendors.settings(settings) if vendors else {}
        settings = Settings(branchwise_home=home.path, **effective)
        with step("Database schema"):
            bring_up_to_date(settings)
        home.write_stack_file({**effective, SECRETS_KEY_ID: configured_key_id(settings)})
        if hint := hint_for_production(settings):
            console.print(f"  {hint}", style="yellow", markup=False, soft_wrap=True)
        env = _environment_of_children(home, effective)
        children = [Child(name, command_of(name, settings), env, home.logs) for name in SERVICES]
        helpers = [Child("demo-vendors", vendors.command(), env, home.logs)] if vendors else []
        supervisor = Supervisor(servers, children, settings, signals, helpers)
        if options.reload:
            restart_on_change(supervisor)
        console.print("  Starting " + ", ".join(SERVICES))
        supervisor.run(lambda: _when_ready(settings, options, vendors))
    finally:
        ignore_signals()
        with step("Stopping"):
            supervisor.stop() if supervisor else servers.stop()


def _effective(settings: Settings, found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that other services and commands need to reach this stack, by the names of `Settings`."""
    effective: dict[str, Any] = {
        "postgres_host": settings.postgres_host,
        "postgres_port": settings.postgres_port,
        "postgres_user": settings.postgres_user,
        "postgres_password": settings.postgres_password.get_secret_value(),
        "postgres_database": settings.postgres_database,
        "nats_url": settings.nats_url,
        "gateway_host": settings.gateway_host,
        "gateway_metrics_port": settings.gateway_metrics_port,
        **found,
    }
    for name in SERVICES:
        effective[port_setting(name)] = settings.port_of(name)
    is_set = "base_url" in settings.model_fields_set
    effective["base_url"] = settings.base_url if is_set else settings.url_of("gateway")
    return effective


def _environment_of_children(home: Home, effective: Mapping[str, Any]) -> dict[str, str]:
    """Return the environment of the children. It contains all settings, because it takes precedence over `.env`."""
    settings = {name.upper(): str(value) for name, value in effective.items() if name not in _LAUNCHER_ONLY}
    inherited = {name: value for name, value in os.environ.items() if name.lower() not in _LAUNCHER_ONLY}
    return inherited | settings | {"BRANCHWISE_HOME": str(home.path), MARK: str(home.path), "PYTHONUNBUFFERED": "1"}


def _has_demo(options: UpOptions, settings: Settings) -> bool:
    return options.demo and settings.environment != "production"


def _when_ready(settings: Settings, options: UpOptions, vendors: DemoVendors | None) -> None:
    if options.ready_file:
        new = options.ready_file.with_name(f".{options.ready_file.name}.{os.getpid()}")
        new.write_text(f"{settings.url_of('gateway')}\n", encoding="utf-8")
        new.replace(options.ready_file)
    if _has_demo(options, settings):
        # In a thread, because the demo is imported through the running services, which are supervised meanwhile.
        threading.Thread(target=_demo_then_urls, args=(settings, vendors), name="demo", daemon=True).start()
    else:
        _print_urls(settings)


def _demo_then_urls(settings: Settings, vendors: DemoVendors | None) -> None:
    demo: Demo | None = None
    try:
        demo = make_demo(settings.home, now(), vendors)
    except (StackNotRunning, Refused, JobDidNotComplete) as error:
        console.print(f"The demo tenant is not complete: {error} The next start goes on with it.", markup=False)
    _print_urls(settings)
    if demo is not None:
        console.print(f"  Demo sign-in         [bold]{demo.email}[/bold]  password [bold]{demo.password}[/bold]")
        console.print(f"  Demo tenant          {demo.tenant_id}")
        # With the program as it was started, so that the line works when it is pasted.
        at_home = "" if settings.home == Path("var").absolute() else f" --home {settings.home}"
        report = f"{sys.argv[0]} send-reports --tenant {demo.tenant_id} --date {demo.yesterday}{at_home}"
        console.print(f"  Yesterday's reports  {report}", soft_wrap=True)


def _print_urls(settings: Settings) -> None:
    console.print(f"\n[bold]Branchwise is ready.[/bold] {settings.url_of('gateway')}")
    console.print(f"  API of all services  {settings.url_of('gateway')}/docs")
    for name in SERVICES[1:]:
        console.print(f"  {name:<19}  {settings.url_of(name)}/docs", style="dim")
    if settings.gateway_metrics_port:
        url = f"http://127.0.0.1:{settings.gateway_metrics_port}/metrics"
        console.print(f"  gateway's metrics    {url}", style="dim")
    console.print(f"  logs                 {settings.home / 'logs'}")
    console.print("  Ctrl-C stops everything.")


def _forget(home: Home, options: UpOptions) -> None:
    home.forget_stack_file()
    if options.ready_file:
        options.ready_file.unlink(missing_ok=True)
