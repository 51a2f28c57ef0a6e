"""Validate a hit for the validation server; nothing is recorded."""

import time

from common.http.context import ServiceContext
from services.data_service.domain.events.location_rule import LocationRule
from services.data_service.domain.measurement_protocol.read_hit import read_hit
from services.data_service.domain.measurement_protocol.remark import Code, Remark
from services.data_service.domain.measurement_protocol.take_hit import stream_named


async def judge_request(service: ServiceContext, measurement_id: str, api_secret: str, body: bytes) -> list[Remark]:
    """Validate the credentials and the body of a request; unlike the vendor's server, this one checks the secret."""
    remarks = _judge_names(measurement_id, api_secret)
    if not remarks and await stream_named(service, measurement_id, api_secret) is None:
        text = "No source has this measurement_id with this api_secret."
        remarks = [Remark("measurement_id", text, Code.VALUE_INVALID)]
    return remarks + read_hit(body, LocationRule(), time.time_ns() // 1000).remarks


def _judge_names(measurement_id: str, api_secret: str) -> list[Remark]:
    remarks: list[Remark] = []
    if not measurement_id:
        text = "measurement_id is required: it was given out when the source was made."
        remarks.append(Remark("measurement_id", text, Code.VALUE_REQUIRED))
    if not api_secret:
        text = "api_secret is required: it was shown once when the source was made."
        remarks.append(Remark("api_secret", text, Code.VALUE_REQUIRED))
    return remarks
