"""The shop's HTTP server. It also takes control calls, for who started it as a process: `POST /_control/{what}`."""

import asyncio
import base64
import json
from collections.abc import AsyncGenerator, Mapping
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.standins.woocommerce.listing import InvalidParam, Page, page_of
from tests.standins.woocommerce.shop import Fault, Shop

_API = "/wp-json/wc/v3/"
_WEB_PAGE = "<!DOCTYPE html><html><head><title>Shop</title></head><body><h1>{}</h1></body></html>"
_PAGES = {
    "503-page": (503, "Briefly unavailable for scheduled maintenance."),
    "page": (200, "Home"),
    # As a firewall before a shop asks whether a person calls.
    "403-page": (403, "Just a moment..."),
}
# https://woocommerce.github.io/woocommerce-rest-api-docs/#errors
_REFUSALS = {
    "401": (401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources."),
    "403": (403, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources."),
    # WordPress's own: developer.wordpress.org/rest-api/extending-the-rest-api/adding-custom-endpoints (permissions)
    "forbidden": (403, "rest_forbidden", "Sorry, you are not allowed to do that."),
    "no-route": (404, "rest_no_route", "No route was found matching the URL and request method."),
    **dict.fromkeys(("429", "429-bare", "429-now"), (429, "too_many_requests", "Too many requests.")),
    "500": (500, "internal_server_error", "There has been a critical error on this website."),
}

_RETRY_AFTER = {"429": "7", "429-now": "0"}


def shop_app(shop: Shop) -> Starlette:
    """The server of a shop."""

    async def api(request: Request) -> Response:
        path = request.path_params["path"]
        shop.calls.append(f"{path}?{request.url.query}")
        answer = await _answer(shop, path, request)
        # A server tells its own time, right or wrong.
        answer.headers["date"] = format_datetime(shop.now(), usegmt=True)
        return answer

    async def control(request: Request) -> Response:
        told: dict[str, Any] = await request.json()
        return JSONResponse(_control(shop, request.path_params["what"], told))

    return Starlette(
        routes=[
            Route(_API + "{path:path}", api),
            Route("/_control/{what}", control, methods=["POST"]),
            Route("/{path:path}", _home),
        ]
    )


async def _home(request: Request) -> Response:
    del request
    return _web_page("page")


async def _answer(shop: Shop, path: str, request: Request) -> Response:
    if (fault := shop.fault_of(f"{path}?{request.url.query}")) is not None:
        faulty = await _faulty(fault)
        if faulty is not None:
            return faulty
    if request.headers.get("authorization") != _basic(shop):
        return _refusal("401")
    await asyncio.sleep(shop.thinks)
    asked = {name: value for name, value in request.query_params.items() if name not in shop.ignored}
    if asked.get("orderby") in shop.unknown_orders:
        return _error(400, "rest_invalid_param", "Invalid parameter(s): orderby")
    answer = _resource(shop, path, asked)
    if fault is not None and fault.kind == "cut":
        return _broken_off(answer)
    if fault is not None and fault.kind == "half":
        return _half(answer)
    return answer


def _resource(shop: Shop, path: str, asked: Mapping[str, str]) -> Response:
    kind, _, rest = path.partition("/")
    kept: dict[int, dict[str, Any]] | None = {
        "orders": shop.orders,
        "customers": shop.customers,
        "products": shop.products,
    }.get(kind)
    if kept is None:
        return _refusal("no-route")
    number, _, more = rest.partition("/")
    try:
        if asked.get("status") in shop.hidden - shop.named:
            raise InvalidParam("status")
        if not rest:
            page = page_of(kept.values(), asked, sorts_by=shop.sorts_by, hidden=shop.hidden)
            return _listed(shop, path, page, asked.get("_fields", ""))
        if more == "refunds":
            return _listed(shop, path, page_of(shop.refunds.get(int(number), []), asked))
    except InvalidParam as name:
        return _error(400, "rest_invalid_param", f"Invalid parameter(s): {name}")
    if not number.isdecimal() or int(number) not in kept:
        singular = kind.removesuffix("s")
        return _error(404, f"woocommerce_rest_shop_{singular}_invalid_id", "Invalid ID.")
    return _told(shop, path, kept[int(number)])


def _told(shop: Shop, path: str, told: dict[str, Any] | list[dict[str, Any]], fields: str = "") -> Response:
    records = told if isinstance(told, list) else [told]
    if fields == "id":
        # developer.wordpress.org/rest-api/using-the-rest-api/global-parameters/#_fields
        records = told = [{"id": record["id"]} for record in records]
    ids = tuple(record["id"] for record in records)
    how = {shop.broken[number] for number in ids if number in shop.broken}
    if "ids" in how or (how and not fields):
        return _half(JSONResponse(told)) if "half" in how else _refusal("500")
    body = shop.printed.get((path, ids)) or json.dumps(told).encode()
    return Response(body, media_type="application/json; charset=UTF-8")


def _listed(shop: Shop, path: str, page: Page, fields: str = "") -> Response:
    answer = _told(shop, path, page.records, fields)
    answer.headers.update({"x-wp-total": str(page.total), "x-wp-totalpages": str(page.pages)})
    links = [
        f'<http://shop.example{_API}{path}?page={number}>; rel="{name}"'
        for name, number in (("prev", page.number - 1), ("next", page.number + 1))
        if 1 <= number <= page.pages
    ]
    if links:
        answer.headers["link"] = ", ".join(links)
    return answer


async def _faulty(fault: Fault) -> Response | None:
    if fault.kind == "slow":
        await asyncio.sleep(fault.seconds)
        return None
    if fault.kind in _PAGES:
        return _web_page(fault.kind)
    if fault.kind == "redirect":
        return RedirectResponse(fault.location, 301)
    if fault.kind == "body":
        packed = {"content-encoding": fault.encoding} if fault.encoding else {}
        headers = {"x-wp-total": fault.total, "x-wp-totalpages": "1", **packed}
        return Response(fault.body, media_type="application/json", headers=headers)
    if fault.kind == "nonsense":
        return JSONResponse({"hello": "world"}, headers={"x-wp-total": "1", "x-wp-totalpages": "1"})
    return _refusal(fault.kind) if fault.kind in _REFUSALS else None


def _refusal(kind: str) -> Response:
    answer = _error(*_REFUSALS[kind])
    if kind in _RETRY_AFTER:
        answer.headers["retry-after"] = _RETRY_AFTER[kind]
    return answer


def _error(status: int, code: str, message: str) -> Response:
    return JSONResponse({"code": code, "message": message, "data": {"status": status}}, status)


def _web_page(kind: str) -> Response:
    status, title = _PAGES[kind]
    return Response(_WEB_PAGE.format(title), status, media_type="text/html")


def _broken_off(answer: Response) -> Response:
    """An answer whose connection ends before its body does."""

    async def some() -> AsyncGenerator[bytes]:
        yield bytes(answer.body)[:100]
        message = "the connection ends here"
        raise ConnectionResetError(message)

    return StreamingResponse(some(), headers=dict(answer.headers))


def _half(answer: Response) -> Response:
    return Response(bytes(answer.body)[: len(answer.body) // 2], headers=_without_length(answer))


def _without_length(answer: Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "content-length"}


def _basic(shop: Shop) -> str:
    return "Basic " + base64.b64encode(f"{shop.key}:{shop.secret}".encode()).decode()


def _control(shop: Shop, what: str, told: dict[str, Any]) -> Any:
    if what == "fault":
        shop.faults.append(Fault(**told))
    elif what == "order":
        return shop.order(**told)
    elif what == "change":
        return shop.change(told.pop("id"), **told)
    elif what == "delete":
        shop.delete(told["id"])
    elif what == "skew":
        shop.skew = timedelta(seconds=told["seconds"])
    return {}
