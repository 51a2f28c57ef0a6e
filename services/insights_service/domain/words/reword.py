"""Have an insight's text reworded, and check the answer."""

from typing import Final, Protocol

from loguru import logger
from prometheus_client import Counter

from services.insights_service.domain.words.check_numbers import Allowed
from services.insights_service.domain.words.check_wording import check_wording
from services.insights_service.domain.words.describe import Words
from services.insights_service.sources.rewording import NoWording

REWORDINGS: Final = Counter("insight_rewordings", "Insights given to be reworded, by what came of it", ["outcome"])
# Outcomes that would be the same if the endpoint was asked again.
_ANSWERS: Final = frozenset({"refused", "garbage"})


class Rewording(Protocol):
    """Something that rewords a text."""

    async def ask(self, title: str, description: str, language: str) -> tuple[str, str]:
        """Return another title and description.

        Raises:
            NoWording: the text was not reworded.
        """
        ...


async def reword(rewording: Rewording, template: Words, allowed: Allowed) -> Words | None:
    """Return the reworded text if it passes the check, or else the template's. Failures are never raised.

    Args:
        rewording: rewords the text.
        template: the text made from the evidence.
        allowed: the evidence that the text may state, and its language.

    Returns:
        None if there was no answer to check, so that rewording can be tried again later.
    """
    try:
        answer = await rewording.ask(template.title, template.description, allowed.language.code)
    except NoWording as none:
        REWORDINGS.labels(none.outcome).inc()
        return template if none.outcome in _ANSWERS else None
    worded = Words(*(text.strip() for text in answer))
    wrong = check_wording(worded, template, allowed)
    REWORDINGS.labels("reworded" if wrong is None else "refused_by_us").inc()
    if wrong is not None:
        logger.info("A wording was not taken: {}", wrong)
        return template
    return worded
