"""Word why a campaign's budget should stay as it is, which need not be because of the cost of its leads."""

from typing import Final

from services.insights_service.domain.evidence.shapes import BudgetAdvice, known
from services.insights_service.domain.words.figures import Figures
from services.insights_service.domain.words.language import Language, message
from services.insights_service.domain.words.places import platform_name

# By whether the leads are cheap, and whether the rounded returns of campaign and platform differ.
_RETURN_SAYS: Final = {
    (True, True): message(
        "Leave the budget as it is: its leads are cheaper, but its return on ad spend is below that of all of"
        " {platform} ({usual})."
    ),
    (True, False): message(
        "Leave the budget as it is: its leads are cheaper, but its return on ad spend is just below that of all of"
        " {platform}."
    ),
    (False, True): message(
        "Leave the budget as it is: its leads cost more, but its return on ad spend is above that of all of"
        " {platform} ({usual})."
    ),
    (False, False): message(
        "Leave the budget as it is: its leads cost more, but its return on ad spend is just above that of all of"
        " {platform}."
    ),
}


def short_reason(advice: BudgetAdvice, language: Language) -> str:
    """Return the reason for a title; empty if the reason is the cost of the leads."""
    if advice.held_by == "certainty":
        return language.say("not sure enough yet")
    roas, usual = returns_of(advice, language)
    if advice.held_by != "return" or not roas:
        return ""
    if roas == usual:
        return language.say("return on ad spend {roas}", roas=roas)
    return language.say("return on ad spend {roas}, overall {usual}", roas=roas, usual=usual)


def why_left(advice: BudgetAdvice, language: Language) -> str:
    """Return the reason as a sentence; empty if the evidence does not have it."""
    say, platform = language.say, platform_name(language, advice.platform)
    is_cheap = bool(advice.leads) and (known(advice.cpl) or 0.0) < (known(advice.cpl_usual) or 0.0)
    match advice.held_by:
        case "return":
            roas, usual = returns_of(advice, language)
            return say(_RETURN_SAYS[is_cheap, roas != usual], platform=platform, usual=usual)
        case "certainty" if is_cheap:
            return say(
                "Leave the budget as it is: it is not sure enough yet that its leads are cheaper than usual there."
            )
        case "certainty":
            return say(
                "Leave the budget as it is: it is not sure enough yet that its leads cost more than usual there."
            )
        case "cost":
            return say("Leave the budget as it is: its leads cost about as much as usual there.")
        case "leads":
            return say("Leave the budget as it is: {platform} brought no lead to compare with.", platform=platform)
        case None:
            return ""


def returns_of(advice: BudgetAdvice, language: Language) -> tuple[str, str]:
    """Return the return on ad spend of the campaign and of the platform; each is empty if unknown."""
    figures = Figures(language, "roas", "ratio", advice.currency or "")
    campaign, platform = known(advice.roas), known(advice.roas_usual)
    return ("" if campaign is None else figures.shown(campaign), "" if platform is None else figures.shown(platform))
