"""Read and validate the small bodies, of at most 16 kB, of calls that take a secret."""

from typing import Any, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from common.http.body_schema import json_body_of
from common.http.forms import form_fields, small_body

Body = TypeVar("Body", bound=BaseModel)
_FORM = "application/x-www-form-urlencoded"


def is_form(request: Request) -> bool:
    """Return whether the body is a posted HTML form instead of JSON."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == _FORM


async def json_body(request: Request, model: type[Body]) -> Body:
    """Read and validate the JSON body.

    Raises:
        PayloadTooLarge, RequestValidationError
    """
    raw = await small_body(request)
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise _refused(error) from None


async def form_values(request: Request) -> dict[str, str]:
    """Read a posted form. A field that occurs several times has its last value."""
    return {name: values[-1] for name, values in (await form_fields(request)).items()}


def form_body(values: dict[str, str], model: type[Body]) -> Body:
    """Validate a form's values as the same model. Raises RequestValidationError."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise _refused(error) from None


def described(model: type[BaseModel], *, form: bool = False) -> dict[str, Any]:
    """Return the `openapi_extra` of a route with such a body, as JSON and, with `form`, as a form too."""
    extra = json_body_of(model)
    if form:
        content = extra["requestBody"]["content"]
        content[_FORM] = content["application/json"]
    return extra


def _refused(error: ValidationError) -> RequestValidationError:
    # The input is left out, since it may be a password.
    errors = error.errors(include_url=False, include_input=False, include_context=False)
    return RequestValidationError([{**item, "loc": ("body", *item["loc"])} for item in errors])
