"""Where a visit came from, by what its rows hold beside their columns (docs/decisions/0026)."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

from services.analytics_service.store.raw_events import Event

# Source, medium and campaign; None: that is not told.
Origin = tuple[str | None, str | None, str | None]

DIRECT: Origin = (None, None, None)
_NOT_SET: Origin = ("(not set)", None, None)
_NOTHING = ("", "(not set)", "(none)", "(direct)", "null")
_CLICKS = ("gclid", "gbraid", "wbraid")
_BY_DATA_API = 2


def origin_of(rows: list[Event]) -> Origin:
    """Of a session, by its rows in the order of time."""
    for row in rows:
        if (said := _said(row)) is not None:
            return said
    first = _extra(rows[0])
    if "traffic_source" in first:
        user = _dict(first["traffic_source"])
        return _name(user.get("source")), _name(user.get("medium")), _name(user.get("name"))
    return _NOT_SET if rows[0].road == _BY_DATA_API else DIRECT


def _said(row: Event) -> Origin | None:
    """What a row says itself: a word on the whole session, a click, what came with the hit, the page, another site."""
    extra = _extra(row)
    session = _of_session(_dict(extra.get("session_traffic_source_last_click")))
    if session is not None:
        return session
    params, collected = _dict(extra.get("params")), _dict(extra.get("collected_traffic_source"))
    query = (row.page_location or "").replace("?", "&").replace("#", "&")
    manual = _triple(collected, "manual_source", "manual_medium", "manual_campaign_name")
    given = _triple(params, "source", "medium", "campaign")
    linked = (_utm(query, "utm_source"), _utm(query, "utm_medium"), _utm(query, "utm_campaign"))
    # (of the same click, the first that is there, even an empty one, is the one that is told)
    clicks = (collected.get("gclid"), *(params.get(name) for name in _CLICKS))
    is_click = _text(next((click for click in clicks if click is not None), None)) != ""
    if is_click or any(_part(query, name) for name in _CLICKS):
        return "google", "cpc", manual[2] or given[2] or linked[2]
    for told in (manual, given, linked):
        if any(told):
            return told
    return _referral(extra, params, row.page_location or "")


def _of_session(told: Mapping[str, Any]) -> Origin | None:
    across, ads, manual = (
        _dict(told.get(name)) for name in ("cross_channel_campaign", "google_ads_campaign", "manual_campaign")
    )
    if _text(across.get("source")):
        return _triple(across, "source", "medium", "campaign_name")
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
    value = _part(query, name).replace("+", " ")
    try:
        said = unquote_to_bytes(value).decode()
    except UnicodeDecodeError:
        said = value
    return _name(value if "\0" in said else said)


def _part(query: str, name: str) -> str:
    at = query.find(f"&{name}=")
    return "" if at < 0 else query[at + len(name) + 2 :].split("&", 1)[0]


def _triple(told: Mapping[str, Any], source: str, medium: str, campaign: str) -> Origin:
    return _name(told.get(source)), _name(told.get(medium)), _name(told.get(campaign))


def _name(told: Any) -> str | None:
    text = _text(told).strip(" ")
    return None if text.lower() in _NOTHING else text[:300]


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def _extra(row: Event) -> Mapping[str, Any]:
    # (numbers as they are written)
    return _dict(json.loads(row.extra or "{}", parse_int=str, parse_float=str))


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
