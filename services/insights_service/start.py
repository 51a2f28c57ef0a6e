"""What the service creates before the first request: the client that rewords insights, and the memory of its looks."""

from common.http.context import ServiceContext
from services.insights_service.domain.anomalies.remembered import Remembered
from services.insights_service.sources.rewording import RewordingEndpoint, rewording_endpoint

_REWORDING, _REMEMBERED = "rewording", "remembered"


async def prepare(context: ServiceContext) -> None:
    """Create the client of the rewording endpoint, if one is configured, and an empty memory."""
    context.extras[_REMEMBERED] = Remembered()
    context.extras[_REWORDING] = rewording_endpoint(context.settings)


async def close(context: ServiceContext) -> None:
    """Close the connections to the rewording endpoint."""
    rewording = rewording_of(context)
    if rewording is not None:
        await rewording.aclose()


def rewording_of(context: ServiceContext) -> RewordingEndpoint | None:
    """Return the client of the rewording endpoint, or None if none is configured."""
    return context.extras[_REWORDING]


def remembered_of(service: ServiceContext) -> Remembered:
    """Return what the looks of this process remember."""
    return service.extras[_REMEMBERED]
