"""The platform and channel of a lead, and whether it is paid (definitions.md)."""

import re

from services.analytics_service.store.raw_rows import Lead, Rules

_HOST = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?(?://)?(?:[^/@?#]*@)?([^/:?#]+)")
_ABSENT = ("(none)", "(not set)")


def host_of(referrer: str | None) -> str:
    """Return the host of the referring page, or ''."""
    found = _HOST.match((referrer or "").lower())
    return found[1] if found else ""


def platform_of(lead: Lead, rules: Rules) -> str:
    """Return the lead's dominant_platform (definitions.md)."""
    if lead.platform:
        return lead.platform
    if lead.google_click:
        return "google"
    if lead.meta_click:
        return "meta"
    source = (lead.utm_source or "").lower()
    if source:
        return rules.platform_of_source.get(source) or _platform_of_host(source, rules) or source
    return _platform_of_host(host_of(lead.referrer), rules) or "direct"


def _platform_of_host(host: str, rules: Rules) -> str | None:
    for name in sorted(rules.platform_of_name):
        if re.search(rf"(^|\.){re.escape(name)}\.[a-z]{{2,3}}(\.[a-z]{{2}})?$", host):
            return rules.platform_of_name[name]
    return None


def is_paid(lead: Lead, rules: Rules) -> bool:
    """Return whether the lead has a click id, a paid medium or a stored flag."""
    medium = (lead.utm_medium or "").lower()
    return lead.google_click or lead.meta_click or bool(lead.is_paid) or medium in rules.paid_media


def channel_of(lead: Lead, rules: Rules) -> str:
    """Return the channel of the lead's link. A click id overrides the source and medium in the link."""
    source, medium = (lead.utm_source or "").lower(), (lead.utm_medium or "").lower()
    if lead.google_click:
        source, medium = "google", "cpc"
    elif lead.meta_click:
        source, medium = "facebook", "paid_social"
    elif not (source or medium or lead.utm_campaign) and (host := host_of(lead.referrer)):
        source, medium = host.removeprefix("www."), "referral"
    return channel_by_rules(source, medium, (lead.utm_campaign or "").lower(), rules)


def channel_by_rules(source: str, medium: str, campaign: str, rules: Rules) -> str:
    """Return the channel that the rules give this source, medium and campaign, in lower case; '': not given."""
    source, medium, campaign = source.strip(), medium.strip(), campaign.strip()
    medium, campaign = medium or "(none)", campaign or "(not set)"
    is_direct = medium in _ABSENT and campaign in (*_ABSENT, "(direct)")
    source = source or ("(direct)" if is_direct else "(not set)")
    category = rules.category_of_source.get(source)
    for rule in rules.channels:
        matchers = ((rule.source_pattern, source), (rule.medium_pattern, medium), (rule.campaign_pattern, campaign))
        if rule.source_category not in (None, category):
            continue
        if all(pattern is None or re.search(pattern, text) for pattern, text in matchers):
            return rule.channel
    return "unassigned"
