"""Reading what a page's form posted."""

from urllib.parse import parse_qs

from fastapi import Request

from common.problem import PayloadTooLarge

MOST_FORM_BYTES = 16_384


async def form_fields(request: Request) -> dict[str, list[str]]:
    """The fields of a posted form (`application/x-www-form-urlencoded`).

    Raises:
        PayloadTooLarge: no form of ours is that long.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_FORM_BYTES:
            raise PayloadTooLarge
    return parse_qs(body.decode(errors="replace"), keep_blank_values=True, max_num_fields=None)
