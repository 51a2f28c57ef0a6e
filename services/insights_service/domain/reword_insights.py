"""Other words for what is shown and is new or has other figures, where an endpoint is configured for it.

Findings are kept before and stand in the template's words: they wait for no answer, nor does one that fails undo them.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

import msgspec
from loguru import logger

from common.db.outage import is_outage
from common.http.context import ServiceContext
from services.insights_service.domain.evidence.written import decode_evidence
from services.insights_service.domain.words.check_numbers import Allowed
from services.insights_service.domain.words.check_wording import check_wording
from services.insights_service.domain.words.describe import Words
from services.insights_service.domain.words.language import language
from services.insights_service.domain.words.reword import reword
from services.insights_service.start import rewording_of
from services.insights_service.store.tenants import Tenant, get_tenant
from services.insights_service.store.wordings import Worded, forget_words, get_to_word, keep_words

# Of one tenant's look: what is left over comes with the next one.
_MOST: Final = 20
_AT_ONCE: Final = 4
_SECONDS: Final = 30.0

_Ask = Callable[[Words, Allowed], Awaitable[Words | None]]


async def reword_insights(service: ServiceContext, tenant_id: UUID) -> None:
    """Ask for words of what changed, judge them, and have those stand that hold to the evidence."""
    rewording = rewording_of(service)
    async with service.db.tenant(tenant_id) as connection:
        if rewording is None:
            await forget_words(connection, tenant_id)
            return
        asked = await get_to_word(connection, tenant_id, _MOST)
        tenant = await get_tenant(connection, tenant_id)
    if not asked:
        return
    turns = asyncio.Semaphore(_AT_ONCE)

    async def ask(template: Words, allowed: Allowed) -> Words | None:
        async with turns:
            return await reword(rewording, template, allowed)

    at_work = [asyncio.create_task(_reword(service, tenant_id, tenant, one, ask)) for one in asked]
    try:
        done, _ = await asyncio.wait(at_work, timeout=_SECONDS)
    finally:
        # (who did not answer by now is asked again with the next look)
        for task in at_work:
            task.cancel()
        await asyncio.gather(*at_work, return_exceptions=True)
    for error in filter(None, (task.exception() for task in done)):
        if is_outage(error):
            raise error
        logger.opt(exception=error).warning("an insight was not reworded")


async def _reword(service: ServiceContext, tenant_id: UUID, tenant: Tenant, one: Worded, ask: _Ask) -> None:
    template = Words(one.title, one.description)
    try:
        evidence = decode_evidence(one.evidence)
    except msgspec.DecodeError:
        return
    allowed = Allowed(evidence, language(one.language), tenant.currency, tenant.time_zone)
    words = _still_right(one, template, allowed)
    if words is None:
        if one.is_judged:
            async with service.db.tenant(tenant_id) as connection:
                await forget_words(connection, tenant_id, one.insight_id)
        words = await ask(template, allowed)
    if words is not None:
        async with service.db.tenant(tenant_id) as connection:
            await keep_words(connection, tenant_id, one, *words)


def _still_right(one: Worded, template: Words, allowed: Allowed) -> Words | None:
    """What was judged before, where it holds for figures that are a little otherwise now too."""
    if not one.is_judged:
        return None
    before = Words(one.reworded_title or one.title, one.reworded_description or one.description)
    return before if before == template or check_wording(before, template, allowed) is None else None
