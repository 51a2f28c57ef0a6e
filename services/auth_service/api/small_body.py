"""Bodies of the calls that take a secret: at most 16 kB are read, and nothing is worked out before they are judged."""

from typing import Any, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from common.http.body_schema import json_body_of
from common.http.forms import form_fields, small_body

Body = TypeVar("Body", bound=BaseModel)
_FORM = "application/x-www-form-urlencoded"


def is_form(request: Request) -> bool:
    """Whether a page's form was posted, and not JSON."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == _FORM


async def json_body(request: Request, model: type[Body]) -> Body:
    """The JSON body.

    Raises:
        PayloadTooLarge, RequestValidationError
    """
    raw = await small_body(request)
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise _refused(error) from None


async def form_values(request: Request) -> dict[str, str]:
    """The last value of each field of a posted form."""
    return {name: values[-1] for name, values in (await form_fields(request)).items()}


def form_body(values: dict[str, str], model: type[Body]) -> Body:
    """The same body from a form's values. Raises RequestValidationError."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise _refused(error) from None


def described(model: type[BaseModel], *, form: bool = False) -> dict[str, Any]:
    """`openapi_extra` for such a body."""
    extra = json_body_of(model)
    if form:
        content = extra["requestBody"]["content"]
        content[_FORM] = content["application/json"]
    return extra


def _refused(error: ValidationError) -> RequestValidationError:
    # Without what was sent: it may be a password.
    return RequestValidationError(error.errors(include_url=False, include_input=False, include_context=False))
