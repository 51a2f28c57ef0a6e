"""Rewording of shown insights that are new or have new figures, if an endpoint is configured for it.

Findings are stored before, in the template's words, so they neither wait for the endpoint nor depend on its answer.
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

# Limits for one tenant's look. The next look rewords the rest.
_MOST: Final = 20
_CONCURRENT: Final = 4
_SECONDS: Final = 30.0

_Ask = Callable[[Words, Allowed], Awaitable[Words | None]]


async def reword_insights(service: ServiceContext, tenant_id: UUID) -> None:
    """Ask for other words for insights that changed, and store those that agree with the evidence."""
    rewording = rewording_of(service)
    async with service.db.tenant(tenant_id) as connection:
        if rewording is None:
            await forget_words(connection, tenant_id)
            return
        to_word = await get_to_word(connection, tenant_id, _MOST)
        tenant = await get_tenant(connection, tenant_id)
    if not to_word:
        return
    semaphore = asyncio.Semaphore(_CONCURRENT)

    async def ask(template: Words, allowed: Allowed) -> Words | None:
        async with semaphore:
            return await reword(rewording, template, allowed)

    tasks = [asyncio.create_task(_reword(service, tenant_id, tenant, worded, ask)) for worded in to_word]
    try:
        done, _ = await asyncio.wait(tasks, timeout=_SECONDS)
    finally:
        # The next look asks again for what was not answered in time.
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for error in filter(None, (task.exception() for task in done)):
        if is_outage(error):
            raise error
        logger.opt(exception=error).warning("an insight was not reworded")


async def _reword(service: ServiceContext, tenant_id: UUID, tenant: Tenant, worded: Worded, ask: _Ask) -> None:
    template = Words(worded.title, worded.description)
    try:
        evidence = decode_evidence(worded.evidence)
    except msgspec.DecodeError:
        return
    allowed = Allowed(evidence, language(worded.language), tenant.currency, tenant.time_zone)
    words = _still_valid(worded, template, allowed)
    if words is None:
        if worded.is_judged:
            async with service.db.tenant(tenant_id) as connection:
                await forget_words(connection, tenant_id, worded.insight_id)
        words = await ask(template, allowed)
    if words is not None:
        async with service.db.tenant(tenant_id) as connection:
            await keep_words(connection, tenant_id, worded, *words)


def _still_valid(worded: Worded, template: Words, allowed: Allowed) -> Words | None:
    """Return the stored words if they still agree with the evidence, whose figures may have changed a little."""
    if not worded.is_judged:
        return None
    stored = Words(worded.reworded_title or worded.title, worded.reworded_description or worded.description)
    return stored if stored == template or check_wording(stored, template, allowed) is None else None
