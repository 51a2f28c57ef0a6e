"""An insight's words, reworded where somebody can and may: else the template's."""

from typing import Final, Protocol

from loguru import logger
from prometheus_client import Counter

from services.insights_service.domain.words.check_numbers import Allowed
from services.insights_service.domain.words.check_wording import check_wording
from services.insights_service.domain.words.describe import Words
from services.insights_service.sources.rewording import NoWording

REWORDINGS: Final = Counter("insight_rewordings", "Insights given to be reworded, by what came of it", ["outcome"])
# What an endpoint answers, if with no words: it would do so again.
_ANSWERS: Final = frozenset({"refused", "garbage"})


class Rewording(Protocol):
    """Who may be asked for other words."""

    async def ask(self, title: str, description: str, language: str) -> tuple[str, str]:
        """Another title and description.

        Raises:
            NoWording: there are none.
        """
        ...


async def reword(rewording: Rewording, template: Words, allowed: Allowed) -> Words | None:
    """Other words for the same, where they hold to the evidence, else the template; never an error.

    Args:
        rewording: who is asked.
        template: what stands otherwise.
        allowed: what may be said, and in which language.

    Returns:
        None where there was no answer to judge: it may be asked for another time.
    """
    try:
        asked = await rewording.ask(template.title, template.description, allowed.language.code)
    except NoWording as none:
        REWORDINGS.labels(none.outcome).inc()
        return template if none.outcome in _ANSWERS else None
    worded = Words(*(text.strip() for text in asked))
    wrong = check_wording(worded, template, allowed)
    REWORDINGS.labels("reworded" if wrong is None else "refused_by_us").inc()
    if wrong is not None:
        logger.info("A wording was not taken: {}", wrong)
        return template
    return worded
