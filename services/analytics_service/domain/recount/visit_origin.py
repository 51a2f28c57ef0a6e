"""The origin of a session (source, medium, campaign), from its rows' extra data (docs/decisions/0026)."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

from services.analytics_service.store.raw_events import Event

# Source, medium and campaign; None: unknown.
Origin = tuple[str | None, str | None, str | None]

DIRECT: Origin = (None, None, None)
_NOT_SET: Origin = ("(not set)", None, None)
_ABSENT = ("", "(not set)", "(none)", "(direct)", "null")
_CLICK_IDS = ("gclid", "gbraid", "wbraid")
_ROAD_DATA_API = 2


def origin_of(rows: list[Event]) -> Origin:
    """Return the origin of a session from its rows, which must be in order of time."""
    for row in rows:
        if (origin := _origin_of_row(row)) is not None:
            return origin
    first = _extra(rows[0])
    if "traffic_source" in first:
        user = _dict(first["traffic_source"])
        return _name(user.get("source")), _name(user.get("medium")), _name(user.get("name"))
    return _NOT_SET if rows[0].road == _ROAD_DATA_API else DIRECT


def _origin_of_row(row: Event) -> Origin | None:
    """Return the origin by the row itself: its session source, click id, hit parameters, URL or referrer."""
    extra = _extra(row)
    session = _session_source(_dict(extra.get("session_traffic_source_last_click")))
    if session is not None:
        return session
    params, collected = _dict(extra.get("params")), _dict(extra.get("collected_traffic_source"))
    query = (row.page_location or "").replace("?", "&").replace("#", "&")
    manual = _triple(collected, "manual_source", "manual_medium", "manual_campaign_name")
    parameters = _triple(params, "source", "medium", "campaign")
    from_url = (_utm(query, "utm_source"), _utm(query, "utm_medium"), _utm(query, "utm_campaign"))
    # Of several click ids the first present one counts, even if it is empty.
    click_ids = (collected.get("gclid"), *(params.get(name) for name in _CLICK_IDS))
    is_click = _text(next((click_id for click_id in click_ids if click_id is not None), None)) != ""
    if is_click or any(_parameter(query, name) for name in _CLICK_IDS):
        return "google", "cpc", manual[2] or parameters[2] or from_url[2]
    for origin in (manual, parameters, from_url):
        if any(origin):
            return origin
    return _referral(extra, params, row.page_location or "")


def _session_source(session: Mapping[str, Any]) -> Origin | None:
    cross_channel, ads, manual = (
        _dict(session.get(name)) for name in ("cross_channel_campaign", "google_ads_campaign", "manual_campaign")
    )
    if _text(cross_channel.get("source")):
        return _triple(cross_channel, "source", "medium", "campaign_name")
    customer = ads.get("customer_id")
    if _text(ads.get("campaign_name") if customer is None else customer):
        return "google", "cpc", _name(ads.get("campaign_name"))
    return _triple(manual, "source", "medium", "campaign_name") if _text(manual.get("source")) else None


def _referral(extra: Mapping[str, Any], params: Mapping[str, Any], page: str) -> Origin | None:
    referrer = params.get("page_referrer")
    referrer = extra.get("page_referrer") if referrer is None else referrer
    if referrer is None or _text(params.get("ignore_referrer")) == "true":
        return None
    site, own = _site(_text(referrer)), _site(page)
    if not site or site == own or (own and (site.endswith(f".{own}") or own.endswith(f".{site}"))):
        return None
    return site[:300], "referral", None


def _site(url: str) -> str:
    host = re.split(r"[/?:]", url.split("://", 2)[1], maxsplit=1)[0] if "://" in url else ""
    return host.lower().removeprefix("www.")


def _utm(query: str, name: str) -> str | None:
    value = _parameter(query, name).replace("+", " ")
    try:
        decoded = unquote_to_bytes(value).decode()
    except UnicodeDecodeError:
        decoded = value
    return _name(value if "\0" in decoded else decoded)


def _parameter(query: str, name: str) -> str:
    start = query.find(f"&{name}=")
    return "" if start < 0 else query[start + len(name) + 2 :].split("&", 1)[0]


def _triple(values: Mapping[str, Any], source: str, medium: str, campaign: str) -> Origin:
    return _name(values.get(source)), _name(values.get(medium)), _name(values.get(campaign))


def _name(value: Any) -> str | None:
    text = _text(value).strip(" ")
    return None if text.lower() in _ABSENT else text[:300]


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def _extra(row: Event) -> Mapping[str, Any]:
    # Numbers keep the form in which they are written.
    return _dict(json.loads(row.extra or "{}", parse_int=str, parse_float=str))


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
