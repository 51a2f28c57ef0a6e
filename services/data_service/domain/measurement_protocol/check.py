"""Test a Measurement Protocol source, which only receives, by reporting its recent hits and refusals."""

from typing import Any, Final

from common.clock import now
from common.pagination import PageParams
from services.data_service.domain.measurement_protocol.write_counts import write_counts
from services.data_service.domain.syncs.sync_run import Finding, SourceAccess
from services.data_service.store.measurement.measurement_hits import latest_day, refused_hits

_SHOWN: Final = 3
_LATELY_SECONDS: Final = 86_400
KNOWS: Final = (
    "An event without timestamp_micros has the time of its arrival: sent again it counts again. Places are not derived"
    " from addresses, which are never stored: send user_location, or a param that the tenant's rule names."
)


async def check(access: SourceAccess) -> list[Finding]:
    """Report the last hit, today's events, refusals of the last day, and the limits of the Measurement Protocol."""
    await write_counts(access.service)
    tenant_id, source_id = access.tenant_id, access.source.source_id
    async with access.service.db.tenant(tenant_id, readonly=True) as connection:
        latest = await latest_day(connection, tenant_id, source_id)
        refused, _ = await refused_hits(connection, tenant_id, source_id, PageParams(limit=_SHOWN))
    findings = [_what_came(access, latest)]
    if latest is not None and latest["day"] == access.today() and latest["superseded"]:
        text = f"{latest['superseded']} of them lie on days that the export or the Data API has, and were left out."
        findings.append(Finding(ok=True, text=text))
    for row in refused:
        if (now() - row["refused_at"]).total_seconds() < _LATELY_SECONDS:
            moment = row["refused_at"].astimezone(access.tenant.zone)
            findings.append(Finding(ok=False, text=f"Refused at {moment:%Y-%m-%d %H:%M}: {row['description']}"))
    return [*findings, Finding(ok=True, text=KNOWS)]


def _what_came(access: SourceAccess, latest: Any) -> Finding:
    if latest is None:
        path = f"/mp/collect?measurement_id={access.config.get('measurement_id', '')}&api_secret=…"
        text = f"No hit has come yet. Send them to {path}; /debug{path} says what is wrong with one."
        return Finding(ok=True, text=text)
    moment = latest["last_hit_at"].astimezone(access.tenant.zone)
    last = f"The last hit came at {moment:%Y-%m-%d %H:%M}"
    if latest["day"] != access.today():
        return Finding(ok=True, text=f"{last}, none today.")
    events = sum(latest[name] for name in ("taken", "duplicates", "superseded", "refused"))
    return Finding(
        ok=True,
        text=f"{last}; today {latest['hits']} hits with {events} events, of which {latest['taken']} were new and"
        f" {latest['refused']} were refused.",
    )
