"""Word the segment of a figure: `from Meta in Omaha`, `of campaign “Spring”`, `for “copper pipe”`."""

from collections.abc import Sequence
from typing import Final

from services.insights_service.domain.evidence.shapes import Member, Part
from services.insights_service.domain.words.language import Language, message
from services.insights_service.domain.words.metrics import AD_METRICS, metric_name
from services.insights_service.domain.words.names import shown_name

# Proper names are the same in every language.
_PROPER: Final = {
    "meta": "Meta",
    "facebook": "Meta",
    "instagram": "Instagram",
    "google": "Google",
    "youtube": "YouTube",
    "tiktok": "TikTok",
    "shopee": "Shopee",
    "lazada": "Lazada",
    "zalo": "Zalo",
    "bing": "Bing",
    "linkedin": "LinkedIn",
}
_CHANNELS: Final = {
    "direct": message("direct visits"),
    "paid-search": message("paid search"),
    "organic-search": message("organic search"),
    "paid-social": message("paid social"),
    "organic-social": message("organic social"),
    "paid-shopping": message("paid shopping"),
    "organic-shopping": message("organic shopping"),
    "paid-video": message("paid video"),
    "organic-video": message("organic video"),
    "paid-other": message("other paid channels"),
    "cross-network": message("cross-network ads"),
    "display": message("display ads"),
    "affiliates": message("affiliates"),
    "referral": message("referrals"),
    "email": message("email"),
    "sms": message("SMS"),
    "unassigned": message("unassigned channels"),
}
_SOURCES: Final = {
    "ga4": "Google Analytics",
    "woocommerce": "WooCommerce",
    "crm": "CRM",
    "measurement_protocol": "Measurement Protocol",
}
# The suffix of a source that imports a platform's ads from files.
_ADS: Final = "_ads"
_FROM: Final = frozenset({"platform", "channel", "source"})
# Visits come "from" a channel. These results of visits come "via" it, as a period may follow: `from Nov 3 to Nov 9`.
_BROUGHT: Final = frozenset({"revenue", "online_revenue", "purchases", "conversion_rate", "average_order_value"})
_QUOTED: Final = frozenset({"campaign", "product", "term"})
# The number of a dimension's members that a sentence names; the others are counted.
_MOST_NAMED: Final = 3
_ORDER: Final = ("product", "term", "campaign", "platform", "channel", "source", "device")
_PHRASES: Final = {
    "branch": message("in {names}"),
    "product": message("of {names}"),
    "term": message("for {names}"),
    "device": message("on {names}"),
}


def subject(language: Language, metric: str, segment: Sequence[Part], longest: int = 60) -> str:
    """Return a metric with its segment: `Leads from Meta in Omaha`. Names are cut to `longest` characters."""
    return " ".join([metric_name(language, metric), *_phrases(language, metric, segment, longest)])


def place(language: Language, metric: str, segment: Sequence[Part], longest: int = 60) -> str:
    """Return a segment without its metric: `Meta in Omaha`."""
    first, *others = _ordered(segment)
    named = _names(language, first, longest)
    if first.dimension == "campaign":
        named = language.say("campaign {names}", names=named)
    return " ".join([named, *_phrases(language, metric, others, longest)])


def platform_name(language: Language, key: str, longest: int = 60) -> str:
    """Return the name of a platform or channel: `Meta`, `paid search`; an unknown one as in the tenant's data."""
    folded = key.strip().lower()
    if folded in _PROPER:
        return _PROPER[folded]
    if folded in _CHANNELS:
        return language.say(_CHANNELS[folded])
    return shown_name(key, longest) or language.say("(not set)")


def source_name(source: str, longest: int = 60) -> str:
    """Return the name of a source: `Google Analytics`, `TikTok Ads`; an unknown one as in the data."""
    folded = source.strip().lower()
    if folded in _SOURCES:
        return _SOURCES[folded]
    platform = folded.removesuffix(_ADS)
    if platform == folded:
        return shown_name(source, longest)
    return f"{_PROPER.get(platform) or shown_name(platform, longest)} Ads"


def quoted(language: Language, name: str, longest: int) -> str:
    """Return a name in quotation marks, as it could be read as words of the sentence."""
    shown = shown_name(name, longest)
    return f"“{shown}”" if shown else language.say("(not set)")


def listed(language: Language, parts: Sequence[str]) -> str:
    """Join parts into a list: `a`, `a and b`, `a, b and c`, `a, b, c and 4 more`."""
    if len(parts) > _MOST_NAMED:
        more = len(parts) - _MOST_NAMED
        shown = ", ".join(parts[:_MOST_NAMED])
        return language.say("{names} and {number} more", names=shown, number=str(more))
    *before, last = parts or [""]
    return language.say("{names} and {last}", names=", ".join(before), last=last) if before else last


def _phrases(language: Language, metric: str, segment: Sequence[Part], longest: int) -> list[str]:
    return [_phrase(language, metric, part, longest) for part in _ordered(segment)]


def _phrase(language: Language, metric: str, part: Part, longest: int) -> str:
    names = _names(language, part, longest)
    of_ads = metric in AD_METRICS
    if part.dimension == "campaign":
        return language.say(message("of campaign {names}") if of_ads else message("from campaign {names}"), names=names)
    if part.dimension in _FROM:
        if metric in _BROUGHT:
            return language.say("via {names}", names=names)
        return language.say(message("on {names}") if of_ads else message("from {names}"), names=names)
    if part.dimension in _PHRASES:
        return language.say(_PHRASES[part.dimension], names=names)
    dimension = shown_name(part.dimension.replace("_", " "), 30)
    return language.say("with {dimension} {names}", dimension=dimension, names=names)


def _names(language: Language, part: Part, longest: int) -> str:
    return listed(language, [_name(language, part.dimension, member, longest) for member in part.members])


def _name(language: Language, dimension: str, member: Member, longest: int) -> str:
    name = member.name or member.id
    if dimension in _FROM:
        return platform_name(language, name, longest)
    if dimension in _QUOTED or dimension not in _PHRASES:
        return quoted(language, name, longest)
    return shown_name(name, longest) or language.say("(not set)")


def _ordered(segment: Sequence[Part]) -> list[Part]:
    """Order the parts as people say them, products first and a branch last: `“Pump” from Meta in Omaha`."""
    ranks = {dimension: rank for rank, dimension in enumerate((*_ORDER, "", "branch"))}
    return sorted(segment, key=lambda part: ranks.get(part.dimension, ranks[""]))
