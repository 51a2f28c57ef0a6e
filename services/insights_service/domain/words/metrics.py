"""Word the names of metrics, the differences of their figures, and what to check first."""

from typing import Final

from services.insights_service.domain.evidence.shapes import Change, Grain, Unit
from services.insights_service.domain.words.figures import percent
from services.insights_service.domain.words.language import Language, message
from services.insights_service.domain.words.names import shown_name

_NAMES: Final = {
    "leads": message("Leads"),
    "contracts": message("Contracts"),
    # The shop's revenue. The revenue of marketing's figures is `lead_revenue`.
    "revenue": message("Online revenue"),
    "lead_revenue": message("Revenue of leads"),
    "online_revenue": message("Online revenue"),
    "spend": message("Ad spend"),
    "sessions": message("Sessions"),
    "visitors": message("Visitors"),
    "page_views": message("Page views"),
    "purchases": message("Purchases"),
    "add_to_carts": message("Additions to the cart"),
    "failed_searches": message("Searches without a result"),
    "searches": message("Searches"),
    "impressions": message("Impressions"),
    "clicks": message("Clicks"),
    "cpl": message("Cost per lead"),
    "cpc": message("Cost per click"),
    "cpm": message("Cost per thousand impressions"),
    "cpa": message("Cost per contract"),
    "ctr": message("Click rate"),
    "roas": message("Return on ad spend"),
    "roi": message("Return on investment"),
    "conversion_rate": message("Conversion rate"),
    "contract_rate": message("Share of leads that sign"),
    "average_order_value": message("Average order value"),
}
AD_METRICS: Final = frozenset({"spend", "impressions", "clicks", "cpl", "cpc", "cpm", "cpa", "ctr", "roas", "roi"})
_COSTS: Final = frozenset({"cpl", "cpc", "cpm", "cpa"})
_LOOK_AT_SALES: Final = message("Ask sales what is held up, and check that contracts still come in from the CRM.")
_LOOK_AT_OFFERS: Final = message("See which offer or branch brought them.")
_LOOK_AT_TRAFFIC: Final = message("Check that the website is up, its tag fires and the campaigns run.")
_LOOK_AT_SHOP: Final = message("Check the checkout, payments and stock.")
_LOOK_AT_CROWD: Final = message("See which pages and sources they come by, and rule out bots.")
_LOOK_AT_ORDERS: Final = message("Check that orders are counted once, then see what brought them.")
_LOOK_AT_ADS: Final = message("Compare the ads and audiences that take most of the spend.")
_LOOK_AT_SUCCESS: Final = message("See which ads do better, and move budget towards them in small steps.")
_LOOK_THERE: Final = message("See what changed there at that time.")
_NEXT_STEPS: Final = {
    ("leads", "down"): message("Check that the forms and lead ads still deliver and that no budget ran out."),
    ("leads", "up"): message("Answer the new leads soon, and see which ad or offer brought them."),
    ("contracts", "down"): _LOOK_AT_SALES,
    ("contracts", "up"): _LOOK_AT_OFFERS,
    ("lead_revenue", "down"): _LOOK_AT_SALES,
    ("lead_revenue", "up"): _LOOK_AT_OFFERS,
    ("spend", "down"): message("Look for paused campaigns, used-up budgets and failed payments."),
    ("spend", "up"): message("Check budgets and bids, and stop what was not planned."),
    ("failed_searches", "up"): message("See what was searched for, and add the product or a synonym."),
    ("sessions", "down"): _LOOK_AT_TRAFFIC,
    ("visitors", "down"): _LOOK_AT_TRAFFIC,
    ("page_views", "down"): _LOOK_AT_TRAFFIC,
    ("sessions", "up"): _LOOK_AT_CROWD,
    ("visitors", "up"): _LOOK_AT_CROWD,
    ("page_views", "up"): _LOOK_AT_CROWD,
    ("searches", "down"): _LOOK_AT_TRAFFIC,
    ("revenue", "down"): _LOOK_AT_SHOP,
    ("online_revenue", "down"): _LOOK_AT_SHOP,
    ("purchases", "down"): _LOOK_AT_SHOP,
    ("add_to_carts", "down"): _LOOK_AT_SHOP,
    ("revenue", "up"): _LOOK_AT_ORDERS,
    ("purchases", "up"): _LOOK_AT_ORDERS,
    ("cpl", "up"): _LOOK_AT_ADS,
    ("cpc", "up"): _LOOK_AT_ADS,
    ("cpm", "up"): _LOOK_AT_ADS,
    ("cpa", "up"): _LOOK_AT_ADS,
    ("roas", "down"): _LOOK_AT_ADS,
    ("roi", "down"): _LOOK_AT_ADS,
    ("ctr", "down"): message("Check whether the ads are worn out or are shown to somebody else."),
    ("conversion_rate", "down"): _LOOK_AT_SHOP,
    ("conversion_rate", "up"): message("See which offer or page brought it, and give it more visitors."),
    ("contract_rate", "down"): message("Ask sales how soon they call back, and compare where the leads came from."),
    ("contract_rate", "up"): message("See which leads sign, and where more of them can be found."),
    ("cpl", "down"): _LOOK_AT_SUCCESS,
    ("cpc", "down"): _LOOK_AT_SUCCESS,
    ("cpa", "down"): _LOOK_AT_SUCCESS,
    ("ctr", "up"): message("See which ad or audience does better, and whether its clicks become leads."),
    ("roas", "up"): _LOOK_AT_SUCCESS,
    ("roi", "up"): _LOOK_AT_SUCCESS,
}
_ALL, _NEARLY_ALL = 100, 99.5


def metric_name(language: Language, metric: str) -> str:
    """Return the name of a metric, such as `Leads`; for an unknown metric, its key in words."""
    known = _NAMES.get(metric)
    if known is not None:
        return language.say(known)
    spaced = shown_name(metric.replace("_", " "), 40)
    return spaced[:1].upper() + spaced[1:]


def next_step(language: Language, metric: str, direction: str) -> str:
    """Return what to check first."""
    return language.say(_NEXT_STEPS.get((metric, direction), _LOOK_THERE))


def difference(language: Language, change: Change) -> str:
    """Return the relative change: `93% fewer`, `20% more`, `41% higher`; empty if it is unknown or rounds to 0 %."""
    if change.change_pct is None or round(change.change_pct) == 0:
        return ""
    share = _share(language, -change.change_pct) if change.change_pct < 0 else percent(language, change.change_pct)
    if change.unit == "ratio" or change.metric in _COSTS or change.metric == "average_order_value":
        worded = message("{share} lower") if change.change_pct < 0 else message("{share} higher")
    elif change.unit == "money":
        worded = message("{share} less") if change.change_pct < 0 else message("{share} more")
    else:
        worded = message("{share} fewer") if change.change_pct < 0 else message("{share} more")
    return language.say(worded, share=share)


def _share(language: Language, points: float) -> str:
    """Return a decrease in percent; it is rounded to 100 % only if nothing is left."""
    if _NEARLY_ALL <= points < _ALL:
        return language.say("over {share}", share=percent(language, 99))
    return percent(language, points)


def per_step(language: Language, metric: str, unit: Unit, grain: Grain, figure: str) -> str:
    """Return a figure by its grain: `25 a day`, `25 an hour`; a ratio as it is."""
    if unit == "ratio" or metric in _COSTS or metric == "average_order_value":
        return figure
    return language.say(message("{figure} an hour") if grain == "hour" else message("{figure} a day"), figure=figure)
