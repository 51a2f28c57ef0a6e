"""Render the pages behind mailed links, for installations without the frontend.

A GET only shows the page; the POST of its form acts. A mail scanner that opens the link therefore changes nothing.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse

from common.http.context import ServiceContext
from common.pages import PAGE_ANSWERS, Notice, page_response
from common.problem import Problem, Unprocessable
from services.auth_service.api.small_body import Body, form_body, form_values, is_form, json_body
from services.auth_service.domain.new_password import LONGEST, SHORTEST
from services.auth_service.errors.own_account import LinkDead

TEMPLATES = Path(__file__).parent.parent / "templates" / "pages"
# OpenAPI: the answer of a POST to a form, in addition to its answer to JSON.
PAGE_OF_FORM: dict[int | str, dict[str, Any]] = {
    200: {"description": "An HTML page, if a form was posted", "content": {"text/html": {}}},
    **PAGE_ANSWERS,
}
_DEAD = LinkDead()


@dataclass(frozen=True, slots=True, kw_only=True)
class FormPage:
    """The contents of a page with one form.

    `email` is the address that the link was sent to. `account_email` is the account's current address if it differs.
    """

    title: str
    token: str
    email: str
    account_email: str = ""
    eyebrow: str = ""
    warning: str = ""
    name: str = ""
    tenant: str = ""
    asks_for_password: bool = True
    shortest: int = SHORTEST
    longest: int = LONGEST


def form_page(template: str, page: FormPage) -> HTMLResponse:
    """Render a page with a form."""
    return page_response(TEMPLATES, template, page)


def notice_page(notice: Notice, status: int = 200) -> HTMLResponse:
    """Render a page with one notice."""
    return page_response(TEMPLATES, "notice", notice, status)


def dead_link_page() -> HTMLResponse:
    """Render the page of a link that is unknown, used or expired."""
    return notice_page(Notice(_DEAD.title, _DEAD.detail), _DEAD.status)


def signed_out_notice(context: ServiceContext, title: str, text: str) -> Notice:
    """Build a notice with a link to the frontend's sign-in, if a frontend is configured."""
    url = context.settings.frontend_url
    return Notice(title, text, way=url, way_label="Go to sign-in" if url else "")


async def answer_done(
    request: Request,
    model: type[Body],
    act: Callable[[Body], Awaitable[Notice]],
    show_again: Callable[[dict[str, str], str], Awaitable[HTMLResponse]],
) -> Response:
    """Run `act` on the body: answer 204 to JSON, without the notice, and a page to a form as `answer_form` does."""
    if is_form(request):
        return await answer_form(request, model, act, show_again)
    await act(await json_body(request, model))
    return Response(status_code=204)


async def answer_form(
    request: Request,
    model: type[Body],
    act: Callable[[Body], Awaitable[Notice]],
    show_again: Callable[[dict[str, str], str], Awaitable[HTMLResponse]],
) -> HTMLResponse:
    """Run `act` on a posted form and answer with a page.

    `show_again` renders the form show_again after a validation error, given the submitted values and the error message.
    """
    values = await form_values(request)
    try:
        return notice_page(await act(form_body(values, model)))
    except RequestValidationError as error:
        page = await show_again(values, " ".join(str(item["msg"]) for item in error.errors()))
        page.status_code = Unprocessable.status
        return page
    except Unprocessable as problem:
        page = await show_again(values, problem.detail)
        page.status_code = problem.status
        return page
    except Problem as problem:
        page = notice_page(Notice(problem.title, problem.detail), problem.status)
        page.headers.update(problem.headers)
        return page
