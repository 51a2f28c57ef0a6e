"""An insight's words, reworded where somebody can and may: else the template's."""

from typing import Final, Protocol

from loguru import logger
from prometheus_client import Counter

from services.insights_service.domain.words.check_numbers import Allowed
from services.insights_service.domain.words.check_wording import check_wording
from services.insights_service.domain.words.describe import Words
from services.insights_service.sources.rewording import NoWording

REWORDINGS: Final = Counter("insight_rewordings", "Insights given to be reworded, by what came of it", ["outcome"])


class Rewording(Protocol):
    """Who may be asked for other words."""

    async def ask(self, title: str, description: str, language: str) -> tuple[str, str]:
        """Another title and description.

        Raises:
            NoWording: there are none.
        """
        ...


async def reword(rewording: Rewording | None, template: Words, allowed: Allowed) -> Words:
    """Other words for the same, where they hold to the evidence; never an error.

    Args:
        rewording: None where none is configured.
        template: what stands otherwise.
        allowed: what may be said, and in which language.
    """
    if rewording is None:
        return template
    try:
        asked = await rewording.ask(template.title, template.description, allowed.language.code)
    except NoWording as none:
        REWORDINGS.labels(none.outcome).inc()
        return template
    worded = Words(*(text.strip() for text in asked))
    wrong = check_wording(worded, template, allowed)
    REWORDINGS.labels("reworded" if wrong is None else "refused_by_us").inc()
    if wrong is not None:
        logger.info("A wording was not taken: {}", wrong)
        return template
    return worded
