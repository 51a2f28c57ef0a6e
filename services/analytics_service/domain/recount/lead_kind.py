"""Where a lead came from: its platform, its channel, and whether it was paid for."""

import re

from services.analytics_service.store.raw_rows import Lead, Rules

_HOST = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?(?://)?(?:[^/@?#]*@)?([^/:?#]+)")
_NOTHING = ("(none)", "(not set)")


def host_of(referrer: str | None) -> str:
    """The host of the page that linked; ''."""
    found = _HOST.match((referrer or "").lower())
    return found[1] if found else ""


def platform_of(lead: Lead, rules: Rules) -> str:
    """dominant_platform (definitions.md)."""
    if lead.platform:
        return lead.platform
    if lead.google_click:
        return "google"
    if lead.meta_click:
        return "meta"
    source = (lead.utm_source or "").lower()
    if source:
        return rules.platform_of_source.get(source) or _of_host(source, rules) or source
    return _of_host(host_of(lead.referrer), rules) or "direct"


def _of_host(host: str, rules: Rules) -> str | None:
    for name in sorted(rules.platform_of_name):
        if re.search(rf"(^|\.){re.escape(name)}\.[a-z]{{2,3}}(\.[a-z]{{2}})?$", host):
            return rules.platform_of_name[name]
    return None


def is_paid(lead: Lead, rules: Rules) -> bool:
    """A click id, a medium that costs, or a stored flag."""
    medium = (lead.utm_medium or "").lower()
    return lead.google_click or lead.meta_click or bool(lead.is_paid) or medium in rules.paid_media


def channel_of(lead: Lead, rules: Rules) -> str:
    """The channel of the link; a click id says what source and medium are, whatever the link says."""
    source, medium = (lead.utm_source or "").lower(), (lead.utm_medium or "").lower()
    if lead.google_click:
        source, medium = "google", "cpc"
    elif lead.meta_click:
        source, medium = "facebook", "paid_social"
    elif not (source or medium or lead.utm_campaign) and (host := host_of(lead.referrer)):
        source, medium = host.removeprefix("www."), "referral"
    return channel_by_rules(source, medium, (lead.utm_campaign or "").lower(), rules)


def channel_by_rules(source: str, medium: str, campaign: str, rules: Rules) -> str:
    """The channel of what is told in lower case; '': nothing is."""
    source, medium, campaign = source.strip(), medium.strip(), campaign.strip()
    medium, campaign = medium or "(none)", campaign or "(not set)"
    says_nothing = medium in _NOTHING and campaign in (*_NOTHING, "(direct)")
    source = source or ("(direct)" if says_nothing else "(not set)")
    category = rules.category_of_source.get(source)
    for rule in rules.channels:
        matchers = ((rule.source_pattern, source), (rule.medium_pattern, medium), (rule.campaign_pattern, campaign))
        if rule.source_category not in (None, category):
            continue
        if all(pattern is None or re.search(pattern, text) for pattern, text in matchers):
            return rule.channel
    return "unassigned"
