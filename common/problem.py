"""Errors as RFC 9457 problems: a class is named for what is wrong and knows its status and type."""

from typing import Any, ClassVar, NamedTuple, Self

MEDIA_TYPE = "application/problem+json"


class FieldError(NamedTuple):
    """One parameter or field of the request that is wrong, and why.

    `field` is the caller's name for it, whether it stands in path, query, headers or body: `date_from`,
    `items.0.price`; `body` is the body as a whole.
    """

    field: str
    message: str


class Problem(Exception):
    """What a caller did or met that ends their request.

    Subclasses set `status`, `type` (a slug, answered as `urn:branchwise:problem:<type>`) and `title`.
    `detail` says what happened this time; `errors` names each wrong field; `headers` go out with the answer.
    """

    status: ClassVar[int] = 400
    type: ClassVar[str] = "bad-request"
    title: ClassVar[str] = "Bad request"

    def __init__(
        self, detail: str = "", *, errors: list[FieldError] | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.errors = errors or []
        self.headers = headers or {}

    def body(self, instance: str, request_id: str) -> dict[str, Any]:
        """The answer's body: `{type, title, status, detail, instance, request_id, errors?}`."""
        body: dict[str, Any] = {
            "type": f"urn:branchwise:problem:{self.type}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
            "request_id": request_id,
        }
        if self.errors:
            body["errors"] = [error._asdict() for error in self.errors]
        return body


class Unauthenticated(Problem):
    """No token, or one that does not hold."""

    status = 401
    type = "unauthenticated"
    title = "Sign in first"

    def __init__(self, detail: str = "", *, error: str = "") -> None:
        challenge = "Bearer" + (f' error="{error}"' if error else "")
        super().__init__(detail, headers={"WWW-Authenticate": challenge})


class Forbidden(Problem):
    """Signed in, but not allowed to."""

    status = 403
    type = "forbidden"
    title = "Not allowed"


class NotFound(Problem):
    """Nothing of that name here."""

    status = 404
    type = "not-found"
    title = "Not found"


class Conflict(Problem):
    """The request collides with what is already there."""

    status = 409
    type = "conflict"
    title = "Conflict"


class PayloadTooLarge(Problem):
    """More than one request may carry."""

    status = 413
    type = "payload-too-large"
    title = "Too large"


class UnsupportedMediaType(Problem):
    """A body of a kind this call does not read."""

    status = 415
    type = "unsupported-media-type"
    title = "Unsupported content type"


class Unprocessable(Problem):
    """Well formed, but its values do not make sense."""

    status = 422
    type = "validation"
    title = "Some values are not valid"

    @classmethod
    def of(cls, field: str, message: str) -> Self:
        """Naming the one field or parameter that is wrong."""
        return cls(message, errors=[FieldError(field, message)])


class Unavailable(Problem):
    """Something this service needs is away for the moment."""

    status = 503
    type = "unavailable"
    title = "Temporarily unavailable"

    def __init__(self, detail: str = "", *, retry_after: int = 2) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)})
