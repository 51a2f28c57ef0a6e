"""Pages behind the links of mails, for people without the frontend: a GET only shows, the form's POST acts."""

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
# For OpenAPI: what a POST answers to a form, beside what it answers to JSON.
PAGE_OF_FORM: dict[int | str, dict[str, Any]] = {
    200: {"description": "A page, where a form was posted", "content": {"text/html": {}}},
    **PAGE_ANSWERS,
}
_DEAD = LinkDead()


@dataclass(frozen=True, slots=True, kw_only=True)
class FormPage:
    """A page with one form. `email` is the address that the link was sent to; `account_email` the account's present
    one, where that is another.
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
    """The page, to be filled in."""
    return page_response(TEMPLATES, template, page)


def notice_page(notice: Notice, status: int = 200) -> HTMLResponse:
    """A page that says one thing."""
    return page_response(TEMPLATES, "notice", notice, status)


def dead_link_page() -> HTMLResponse:
    """The page of a link that leads nowhere."""
    return notice_page(Notice(_DEAD.title, _DEAD.detail), _DEAD.status)


def signed_out_notice(context: ServiceContext, title: str, text: str) -> Notice:
    """A notice that leads on to the frontend, where there is one."""
    url = context.settings.frontend_url
    return Notice(title, text, way=url, way_label="Go to sign-in" if url else "")


async def answer_done(
    request: Request,
    model: type[Body],
    act: Callable[[Body], Awaitable[Notice]],
    again: Callable[[dict[str, str], str], Awaitable[HTMLResponse]],
) -> Response:
    """Do what a body asks for: 204 to JSON, which the notice is not for, and to a form as `answer_form` does."""
    if is_form(request):
        return await answer_form(request, model, act, again)
    await act(await json_body(request, model))
    return Response(status_code=204)


async def answer_form(
    request: Request,
    model: type[Body],
    act: Callable[[Body], Awaitable[Notice]],
    again: Callable[[dict[str, str], str], Awaitable[HTMLResponse]],
) -> HTMLResponse:
    """Do what a posted form asks for and say so on a page.

    `again` shows the form once more, given its values and what is wrong with one of them.
    """
    values = await form_values(request)
    try:
        return notice_page(await act(form_body(values, model)))
    except RequestValidationError as error:
        page = await again(values, " ".join(str(item["msg"]) for item in error.errors()))
        page.status_code = Unprocessable.status
        return page
    except Unprocessable as problem:
        page = await again(values, problem.detail)
        page.status_code = problem.status
        return page
    except Problem as problem:
        page = notice_page(Notice(problem.title, problem.detail), problem.status)
        page.headers.update(problem.headers)
        return page
