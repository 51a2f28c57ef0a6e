"""Word the title and description of budget advice, or of the lack of data for advice."""

from typing import Final

from services.insights_service.domain.evidence.shapes import BudgetAdvice, Missing, known
from services.insights_service.domain.words.figures import amount, money, percent
from services.insights_service.domain.words.fitting import fitted
from services.insights_service.domain.words.language import Language, message, messages
from services.insights_service.domain.words.periods import Periods
from services.insights_service.domain.words.places import platform_name, quoted
from services.insights_service.domain.words.why_left import returns_of, short_reason, why_left

_NEARLY_SURE: Final = 0.995
# Fewer leads a day than this are rounded to none.
_HARDLY_ANY: Final = 0.05
_LACKING_COUNTS: Final = {
    "conversions": messages("{have} of {need} conversion", "{have} of {need} conversions"),
    "leads": messages("{have} of {need} lead", "{have} of {need} leads"),
    "days": messages("{have} of {need} day", "{have} of {need} days"),
}


class BudgetWords:
    """The title and description of advice about a campaign's budget."""

    def __init__(self, advice: BudgetAdvice, language: Language, currency: str, periods: Periods) -> None:
        self._advice = advice
        self._language = language
        self._currency = advice.currency or currency
        self._periods = periods

    def title(self) -> str:
        """Return what to do with the campaign's budget, and the figure that supports it."""
        say, figure = self._language.say, self._supporting_figure()
        if self._advice.missing is not None:
            lacking = self._lacking(self._advice.missing)
            return fitted(
                lambda n: say(
                    "Too early to judge {campaign}: {lacking} needed",
                    campaign=self._with_platform(n),
                    lacking=lacking,
                )
            )
        if not figure:
            return fitted(lambda n: self._action(self._with_platform(n)))
        return fitted(
            lambda n: f"{self._action(self._with_platform(n))}: {figure}",
            lambda n: f"{self._action(self._campaign(n))}: {figure}",
            lambda n: self._action(self._with_platform(n)),
        )

    def description(self) -> str:
        """Return the figures and their certainty, the step and its expected effect, and what to do after it."""
        advice, say = self._advice, self._language.say
        if advice.missing is not None:
            summary = say(
                "There is not enough yet to judge campaign {campaign}: {lacking} needed.",
                campaign=self._with_platform(60),
                lacking=self._lacking(advice.missing),
            )
            return "\n".join([summary, *self._figures(), say("Leave the budget as it is until then.")])
        return "\n".join(line for line in (*self._figures(), self._step(), self._follow_up()) if line)

    def _action(self, campaign: str) -> str:
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

    def _supporting_figure(self) -> str:
        """Return why the budget is left, or the cost of a lead compared with the platform's; empty if unknown."""
        cpl, usual = known(self._advice.cpl), known(self._advice.cpl_usual)
        if reason := short_reason(self._advice, self._language):
            return reason
        if self._wasted_spend:
            return self._language.say("{spend} without a lead", spend=self._wasted_spend)
        if cpl is None or usual is None:
            return ""
        return self._language.say(
            "{cpl} a lead, overall {usual}",
            cpl=self._money(cpl),
            usual=self._money(usual),
        )

    def _figures(self) -> list[str]:
        cost, when = self._cost(), self._period()
        if not cost:
            return self._confidence()
        sentences = [f"{cost} ({when})." if when else f"{cost}."]
        return [" ".join([*sentences, *self._return_on_spend(), *self._confidence()])]

    def _return_on_spend(self) -> list[str]:
        """Return the return on ad spend, with the platform's unless the reason to leave the budget mentions it."""
        roas, usual = returns_of(self._advice, self._language)
        # The return says nothing about a campaign without leads.
        if not roas or self._wasted_spend:
            return []
        if not usual or self._advice.held_by == "return":
            return [self._language.say("Return on ad spend: {roas}.", roas=roas)]
        platform = platform_name(self._language, self._advice.platform)
        compared = message("Return on ad spend: {roas}, on all of {platform} {usual}.")
        return [self._language.say(compared, roas=roas, platform=platform, usual=usual)]

    def _cost(self) -> str:
        """Return the cost of a lead compared with the platform's, or the spend without a lead; empty if unknown."""
        advice, say, campaign = self._advice, self._language.say, self._campaign(60)
        platform = platform_name(self._language, advice.platform)
        cpl, usual = known(advice.cpl), known(advice.cpl_usual)
        if self._wasted_spend:
            sentence = say(
                "Campaign {campaign} has spent {spend} without a lead",
                campaign=campaign,
                spend=self._wasted_spend,
            )
            on_platform = say(
                "on all of {platform}, unpaid leads included, one costs {usual}",
                platform=platform,
                usual=self._money(usual or 0.0),
            )
            return f"{sentence}, {on_platform}" if usual else sentence
        if cpl is None or usual is None:
            return ""
        return say(
            "A lead of campaign {campaign} costs {cpl}, on all of {platform}, unpaid leads included, {usual}",
            campaign=campaign,
            cpl=self._money(cpl),
            platform=platform,
            usual=self._money(usual),
        )

    def _confidence(self) -> list[str]:
        sure, say = known(self._advice.confidence), self._language.say
        if sure is None or self._advice.missing is not None or self._advice.action == "monitor":
            return []
        shown = _format_confidence(self._language, sure)
        if self._advice.action == "scale":
            return [say("We are {sure} sure that its leads are cheaper than usual there.", sure=shown)]
        return [say("We are {sure} sure that its leads cost more than usual there.", sure=shown)]

    @property
    def _wasted_spend(self) -> str:
        """The amount that was spent without a lead; empty if there was a lead, or if the figures are unknown."""
        spend = known(self._advice.spend)
        return self._money(spend) if spend and self._advice.leads == 0 else ""

    def _period(self) -> str:
        advice = self._advice
        if advice.window is not None:
            period = self._periods.during(advice.window)
            # If contracts are known, the window ends early, which needs an explanation.
            is_cut = advice.contracts is not None
            return self._language.say("{period}; newer leads may still sign", period=period) if is_cut else period
        if advice.days is None:
            return ""
        return self._language.count("last {days} day", "last {days} days", advice.days, days=str(advice.days))

    def _step(self) -> str:
        return " ".join(sentence for sentence in (self._change_of_budget(), self._expected_leads()) if sentence)

    def _change_of_budget(self) -> str:
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

    def _expected_leads(self) -> str:
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

    def _follow_up(self) -> str:
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
        one, many = _LACKING_COUNTS.get(missing.what, _LACKING_COUNTS["conversions"])
        have, need = amount(self._language, missing.have), amount(self._language, missing.need)
        return self._language.count(one, many, missing.need, have=have, need=need)

    def _money(self, value: float) -> str:
        return money(self._language, value, self._currency)

    def _campaign(self, longest: int) -> str:
        return quoted(self._language, self._advice.campaign_name or self._advice.campaign_ref, longest)

    def _with_platform(self, longest: int) -> str:
        return f"{self._campaign(longest)} ({platform_name(self._language, self._advice.platform, longest)})"


def _format_confidence(language: Language, share: float) -> str:
    """Format a confidence: `93%`, at most `over 99%`."""
    if share >= _NEARLY_SURE:
        return language.say("over {share}", share=percent(language, 99))
    return percent(language, share * 100)
