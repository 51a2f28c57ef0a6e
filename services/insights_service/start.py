"""Made once before the first request: who rewords insights, where somebody may."""

from common.http.context import ServiceContext
from services.insights_service.sources.rewording import RewordingEndpoint, rewording_endpoint

_REWORDING = "rewording"


async def prepare(context: ServiceContext) -> None:
    """Put the configured endpoint in place; it is asked when there is something to reword."""
    context.extras[_REWORDING] = rewording_endpoint(context.settings)


async def close(context: ServiceContext) -> None:
    """Close its connections."""
    rewording = rewording_of(context)
    if rewording is not None:
        await rewording.aclose()


def rewording_of(context: ServiceContext) -> RewordingEndpoint | None:
    """The endpoint that `prepare` made; None where none is configured."""
    return context.extras[_REWORDING]
