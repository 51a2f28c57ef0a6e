"""The check of a GA4 source: whether its reports can be read, and what the Data API cannot provide."""

from datetime import timedelta
from typing import Final

from services.data_service.domain.ga4.dimensions import PERSON
from services.data_service.domain.ga4.open_property import open_property
from services.data_service.domain.ga4.read_reports import ReportReader, WholeReport
from services.data_service.domain.ga4.tokens import Tokens
from services.data_service.domain.syncs.source_settings import Ga4Config
from services.data_service.domain.syncs.sync_run import Finding, SourceAccess
from services.data_service.sources.ga4.report import KnownNames, Report
from services.data_service.sources.vendor import VendorError
from services.data_service.store.syncs.quota_ledger import Window

_REPORT: Final = "test"
_WITHOUT: Final = {
    "user_pseudo_id": "devices are not told apart: no sessions, carts or repeat visits",
    "user_id": "customers are not known by name: tasks have no contact",
    "ga_session_id": "sessions are not told apart: no cart and search tasks",
}
# The same in docs/sources.md.
NOT_KNOWN: Final = (
    "The Data API tells events by the minute, without seconds and without their order within it.",
    "It tells only what is registered as a custom dimension, from then on: other params, and contacts, never.",
    "Prices of products in carts are the mean of their minute; rows lumped together as (other) have no time.",
    "Names of properties are not told; check the property id.",
)


async def check(access: SourceAccess) -> list[Finding]:
    """Request the property's metadata and a small report."""
    config = Ga4Config.model_validate(access.config)
    tokens = Tokens(access, config.property_id)
    yesterday = access.today() - timedelta(days=1)
    asked = Report(_REPORT, ("date",), ("eventCount",), yesterday, yesterday)
    try:
        async with open_property(access, config) as client:
            names = await client.known_names()
            report = (await ReportReader(client, tokens).read([asked]))[_REPORT]
    except VendorError as error:
        return [Finding(ok=False, text=error.reason)]
    return [
        *_of_property(access, config, report),
        *_of_dimensions(config, names),
        *_of_quota(await tokens.windows()),
        *(Finding(ok=True, text=text) for text in NOT_KNOWN),
    ]


def _of_property(access: SourceAccess, config: Ga4Config, report: WholeReport) -> list[Finding]:
    count = report.rows[0][1] if report.rows else "0"
    found = [
        Finding(
            ok=True,
            text=f"Property {config.property_id} answers: time zone {report.time_zone}, currency {report.currency},"
            f" {count} events yesterday.",
        )
    ]
    if report.time_zone and report.time_zone != access.tenant.zone.key:
        found.append(
            Finding(
                ok=True,
                text=f"The property's days are of {report.time_zone}, yours of {access.tenant.zone.key}: events are"
                " put into your days, which takes reading one day more; ads and channels stay by the property's.",
            )
        )
    if report.currency and report.currency != access.tenant.currency:
        found.append(
            Finding(
                ok=True,
                text=f"Its money is in {report.currency}, yours in {access.tenant.currency}: it is"
                " converted at each day's rate, and of days without one sums leave it out and name it as unconverted.",
            )
        )
    return found


def _of_dimensions(config: Ga4Config, names: KnownNames) -> list[Finding]:
    custom = config.custom_dimensions
    found = [
        Finding(ok=True, text=f"{name} is read from {dimension}.")
        if dimension in names.dimensions
        else Finding(
            ok=False,
            text=f"{name}: the property has no dimension {dimension}. Register it in GA4 under Custom definitions; it"
            " holds values from then on only.",
        )
        for name, dimension in custom.items()
    ]
    found.extend(
        Finding(ok=True, text=f"No custom dimension is set for {name}: {_WITHOUT[name]}.")
        for name in PERSON
        if name not in custom
    )
    if unused := sorted(names.registered - set(custom.values())):
        found.append(Finding(ok=True, text=f"Registered and not read: {', '.join(unused)[:500]}."))
    return found


def _of_quota(windows: list[Window]) -> list[Finding]:
    left = {window.span: window.left() for window in windows}
    if left.get("day") is None:
        return []
    return [
        Finding(ok=True, text=f"Tokens left: {left['day']} today (Pacific time), {left['project_hour']} this hour.")
    ]
