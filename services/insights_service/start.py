"""Made once before the first request: who rewords insights, where somebody may, and what looks remember."""

from common.http.context import ServiceContext
from services.insights_service.domain.anomalies.remembered import Remembered
from services.insights_service.sources.rewording import RewordingEndpoint, rewording_endpoint

_REWORDING, _REMEMBERED = "rewording", "remembered"


async def prepare(context: ServiceContext) -> None:
    """Put the configured endpoint in place, which is asked when there is something to reword, and an empty memory."""
    context.extras[_REMEMBERED] = Remembered()
    context.extras[_REWORDING] = rewording_endpoint(context.settings)


async def close(context: ServiceContext) -> None:
    """Close its connections."""
    rewording = rewording_of(context)
    if rewording is not None:
        await rewording.aclose()


def rewording_of(context: ServiceContext) -> RewordingEndpoint | None:
    """The endpoint that `prepare` made; None where none is configured."""
    return context.extras[_REWORDING]


def remembered_of(service: ServiceContext) -> Remembered:
    """What looks of this process remember."""
    return service.extras[_REMEMBERED]
