"""Health and metrics routes of a service: liveness, readiness and the state of each part."""

import asyncio
import shutil
from typing import Any, Literal

import psutil
from fastapi import APIRouter
from loguru import logger
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import Response

from common.clock import now
from common.http.backlogs import backlog_metrics
from common.http.context import Context, ServiceContext
from common.http.json import JsonAnswer

Verdict = Literal["healthy", "degraded", "unhealthy"]

_CHECK_SECONDS = 3
_DISK_LOW_BYTES = 1 << 30
_DISK_OUT_BYTES = 100 << 20
_MEMORY_LOW_BYTES = 256 << 20

router = APIRouter(tags=["health"])


async def _database(context: ServiceContext) -> dict[str, Any]:
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            await context.db.pool.fetchval("select 1")
    except Exception as error:  # noqa: BLE001 -- whatever it is, the database does not answer
        logger.debug("health: database: {}", error)
        return {"status": "unhealthy", "detail": f"does not answer ({type(error).__name__})"}
    return {"status": "healthy"}


def _event_bus(context: ServiceContext) -> dict[str, Any]:
    if context.bus.is_connected:
        return {"status": "healthy"}
    return {"status": "unhealthy", "detail": "not connected to NATS; events wait in the outbox"}


async def _cache(context: ServiceContext) -> dict[str, Any]:
    if not context.settings.redis_url:
        return {"status": "healthy", "detail": "in process"}
    # Loading the driver takes time and memory, so it is loaded only if it is used.
    from redis.exceptions import RedisError  # noqa: PLC0415 -- see above

    from common.redis_client import redis_client  # noqa: PLC0415 -- see above

    async with redis_client(context.settings.redis_url) as redis:
        try:
            await redis.ping()
        except (RedisError, OSError) as error:
            logger.debug("health: cache: {}", error)
            return {"status": "degraded", "detail": "Redis does not answer; each process counts and keeps for itself"}
    return {"status": "healthy", "detail": "Redis"}


def _disk_space(context: ServiceContext) -> dict[str, Any]:
    free = shutil.disk_usage(context.settings.home).free
    status: Verdict = "healthy" if free > _DISK_LOW_BYTES else "degraded" if free > _DISK_OUT_BYTES else "unhealthy"
    return {"status": status, "free_bytes": free}


def _memory() -> dict[str, Any]:
    free = psutil.virtual_memory().available
    own = psutil.Process().memory_info().rss
    return {"status": "healthy" if free > _MEMORY_LOW_BYTES else "degraded", "free_bytes": free, "own_bytes": own}


def _workers(context: ServiceContext) -> dict[str, Any]:
    failing = context.workers.failing()
    if not failing:
        return {"status": "healthy"}
    status: Verdict = "unhealthy" if any(worker.is_down for worker in failing) else "degraded"
    details = (
        f"{worker.name} ended {worker.exits} times in {worker.seconds:.0f} s ({worker.cause})" for worker in failing
    )
    return {"status": status, "detail": "; ".join(details)}


@router.get("/health/live", summary="Is the process alive")
async def live() -> JsonAnswer:
    """Answer as long as the event loop runs."""
    return JsonAnswer({"status": "healthy"})


@router.get("/health/ready", summary="May it be sent requests")
async def ready(context: Context) -> JsonAnswer:
    """Answer 200 if the database and the bus answer, no worker is down and the service is not stopping; else 503."""
    database = await _database(context)
    down = [worker.name for worker in context.workers.failing() if worker.is_down]
    is_ready = (
        database["status"] == "healthy" and context.bus.is_connected and not down and not context.stopping.is_set()
    )
    answer: dict[str, Any] = {"status": "healthy" if is_ready else "unhealthy"}
    if down:
        answer["workers"] = down
    return JsonAnswer(answer, 200 if is_ready else 503)


@router.get("/health/detailed", summary="How does each part fare")
async def detailed(context: Context) -> JsonAnswer:
    """Report the state of each part; 503 if one of them is unhealthy."""
    checks: dict[str, dict[str, Any]] = {
        "database": await _database(context),
        "event_bus": _event_bus(context),
        "cache": await _cache(context),
        "disk_space": _disk_space(context),
        "memory": _memory(),
        "workers": _workers(context),
        "external_apis": {"status": "healthy", "detail": "none asked"},
    }
    verdicts = {check["status"] for check in checks.values()}
    status: Verdict = "unhealthy" if "unhealthy" in verdicts else "degraded" if "degraded" in verdicts else "healthy"
    answer = {"status": status, "checks": checks, "timestamp": now()}
    return JsonAnswer(answer, 503 if status == "unhealthy" else 200)


@router.get("/metrics", summary="Prometheus metrics", include_in_schema=False)
async def metrics(context: Context) -> Response:
    """Return the metrics of the process and of its service's backlogs, in Prometheus' text format."""
    return Response(generate_latest() + await backlog_metrics(context), media_type=CONTENT_TYPE_LATEST)
