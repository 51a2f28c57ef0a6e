"""Words of budget advice, and of the refusal to give any."""

from typing import Final

from services.insights_service.domain.evidence.shapes import BudgetAdvice, Missing, known
from services.insights_service.domain.words.figures import amount, money, percent
from services.insights_service.domain.words.fitting import fitted
from services.insights_service.domain.words.language import Language, message, messages
from services.insights_service.domain.words.periods import Periods
from services.insights_service.domain.words.places import platform_name, quoted
from services.insights_service.domain.words.why_left import returns_of, told_as_kept, why_left

_NEARLY_SURE: Final = 0.995
# Leads a day that round to none.
_HARDLY_ANY: Final = 0.05
_COUNTED: Final = {
    "conversions": messages("{have} of {need} conversion", "{have} of {need} conversions"),
    "leads": messages("{have} of {need} lead", "{have} of {need} leads"),
    "days": messages("{have} of {need} day", "{have} of {need} days"),
}


class BudgetWords:
    """The title and description of one piece of advice."""

    def __init__(self, advice: BudgetAdvice, language: Language, currency: str, periods: Periods) -> None:
        self._advice = advice
        self._language = language
        self._currency = advice.currency or currency
        self._periods = periods

    def title(self) -> str:
        """What to do with which campaign's budget, and the figure that says so."""
        say, cost = self._language.say, self._beside()
        if self._advice.missing is not None:
            lacking = self._lacking(self._advice.missing)
            return fitted(
                lambda n: say(
                    "Too early to judge {campaign}: {lacking} needed", campaign=self._named(n), lacking=lacking
                )
            )
        if not cost:
            return fitted(lambda n: self._act(self._named(n)))
        return fitted(
            lambda n: f"{self._act(self._named(n))}: {cost}",
            lambda n: f"{self._act(self._alone(n))}: {cost}",
            lambda n: self._act(self._named(n)),
        )

    def description(self) -> str:
        """The figures beside the platform's, how sure it is, the step and what it should bring, and what then."""
        advice, say = self._advice, self._language.say
        if advice.missing is not None:
            told = say(
                "There is not enough yet to judge campaign {campaign}: {lacking} needed.",
                campaign=self._named(60),
                lacking=self._lacking(advice.missing),
            )
            return "\n".join([told, *self._figures(), say("Leave the budget as it is until then.")])
        return "\n".join(line for line in (*self._figures(), self._step(), self._then()) if line)

    def _act(self, campaign: str) -> str:
        say, step = self._language.say, self._step_pct()
        if self._advice.action == "scale":
            if step:
                return say("Raise the budget of {campaign} by {step}", campaign=campaign, step=step)
            return say("Raise the budget of {campaign}", campaign=campaign)
        if self._advice.action == "pause":
            if step:
                return say("Lower the budget of {campaign} by {step}", campaign=campaign, step=step)
            return say("Pause {campaign}", campaign=campaign)
        return say("Leave the budget of {campaign} as it is", campaign=campaign)

    def _beside(self) -> str:
        cpl, usual = known(self._advice.cpl), known(self._advice.cpl_usual)
        if kept := told_as_kept(self._advice, self._language):
            return kept
        if self._in_vain:
            return self._language.say("{spend} without a lead", spend=self._in_vain)
        if cpl is None or usual is None:
            return ""
        return self._language.say(
            "{cpl} a lead, overall {usual}",
            cpl=self._money(cpl),
            usual=self._money(usual),
        )

    def _figures(self) -> list[str]:
        cost, when = self._cost(), self._when()
        if not cost:
            return self._sure()
        sentences = [f"{cost} ({when})." if when else f"{cost}."]
        return [" ".join([*sentences, *self._returned(), *self._sure()])]

    def _returned(self) -> list[str]:
        """What comes back of its spend, beside the platform's unless that is why its budget is left."""
        roas, usual = returns_of(self._advice, self._language)
        # (of a campaign without leads it says nothing)
        if not roas or self._in_vain:
            return []
        if not usual or self._advice.held_by == "return":
            return [self._language.say("Return on ad spend: {roas}.", roas=roas)]
        platform = platform_name(self._language, self._advice.platform)
        beside = message("Return on ad spend: {roas}, on all of {platform} {usual}.")
        return [self._language.say(beside, roas=roas, platform=platform, usual=usual)]

    def _cost(self) -> str:
        """What a lead costs beside the platform's, or what was spent for none; empty where nobody says."""
        advice, say, campaign = self._advice, self._language.say, self._alone(60)
        platform = platform_name(self._language, advice.platform)
        cpl, usual = known(advice.cpl), known(advice.cpl_usual)
        if self._in_vain:
            told = say("Campaign {campaign} has spent {spend} without a lead", campaign=campaign, spend=self._in_vain)
            there = say(
                "on all of {platform}, unpaid leads included, one costs {usual}",
                platform=platform,
                usual=self._money(usual or 0.0),
            )
            return f"{told}, {there}" if usual else told
        if cpl is None or usual is None:
            return ""
        return say(
            "A lead of campaign {campaign} costs {cpl}, on all of {platform}, unpaid leads included, {usual}",
            campaign=campaign,
            cpl=self._money(cpl),
            platform=platform,
            usual=self._money(usual),
        )

    def _sure(self) -> list[str]:
        sure, say = known(self._advice.confidence), self._language.say
        if sure is None or self._advice.missing is not None or self._advice.action == "monitor":
            return []
        shown = _how_sure(self._language, sure)
        if self._advice.action == "scale":
            return [say("We are {sure} sure that its leads are cheaper than usual there.", sure=shown)]
        return [say("We are {sure} sure that its leads cost more than usual there.", sure=shown)]

    @property
    def _in_vain(self) -> str:
        """What was spent without a lead; empty where one came, or nobody says."""
        spend = known(self._advice.spend)
        return self._money(spend) if spend and self._advice.leads == 0 else ""

    def _when(self) -> str:
        advice = self._advice
        if advice.window is not None:
            period = self._periods.during(advice.window)
            # (why these days, which may be a month old)
            is_cut = advice.contracts is not None
            return self._language.say("{period}; newer leads may still sign", period=period) if is_cut else period
        if advice.days is None:
            return ""
        return self._language.count("last {days} day", "last {days} days", advice.days, days=str(advice.days))

    def _step(self) -> str:
        return " ".join(told for told in (self._move(), self._gain()) if told)

    def _move(self) -> str:
        say, step = self._language.say, self._step_pct()
        if not step or self._advice.action == "monitor":
            return ""
        before, after = known(self._advice.daily_spend), known(self._advice.next_daily_spend)
        if before is not None and after is not None:
            amounts = {"before": self._money(before), "after": self._money(after)}
            step = say("{step} (from {before} to {after} a day)", step=step, **amounts)
        if self._advice.action == "scale":
            return say("Raise the budget by {step} now, no more in one step.", step=step)
        return say("Lower the budget by {step} now, as the first step towards a pause.", step=step)

    def _gain(self) -> str:
        expected = self._advice.expected_range
        if expected is None or self._advice.action == "monitor":
            return ""
        low, high = known(expected.low), known(expected.high)
        if low is None or high is None:
            return ""
        if max(low, high) < _HARDLY_ANY:
            return self._language.say("Expect hardly any leads then.")
        shown = {"low": amount(self._language, low), "high": amount(self._language, high)}
        return self._language.say("Expect {low} to {high} leads a day then.", **shown)

    def _then(self) -> str:
        say = self._language.say
        if self._advice.action == "monitor":
            return why_left(self._advice, self._language) or say(
                "Leave the budget as it is; the figures do not call for a change."
            )
        return say("Look at its figures again before the next step.")

    def _step_pct(self) -> str:
        step = known(self._advice.step_pct)
        return percent(self._language, abs(step)) if step else ""

    def _lacking(self, missing: Missing) -> str:
        if missing.what == "spend":
            have, need = self._money(missing.have), self._money(missing.need)
            return self._language.say("{have} of {need} in spend", have=have, need=need)
        one, many = _COUNTED.get(missing.what, _COUNTED["conversions"])
        have, need = amount(self._language, missing.have), amount(self._language, missing.need)
        return self._language.count(one, many, missing.need, have=have, need=need)

    def _money(self, value: float) -> str:
        return money(self._language, value, self._currency)

    def _alone(self, longest: int) -> str:
        return quoted(self._language, self._advice.campaign_name or self._advice.campaign_ref, longest)

    def _named(self, longest: int) -> str:
        return f"{self._alone(longest)} ({platform_name(self._language, self._advice.platform, longest)})"


def _how_sure(language: Language, share: float) -> str:
    """`93%`, at most `over 99%`."""
    if share >= _NEARLY_SURE:
        return language.say("over {share}", share=percent(language, 99))
    return percent(language, share * 100)
