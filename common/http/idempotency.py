"""`Idempotency-Key`: the same key and body from the same account gives the first answer again, for 24 hours."""

import hashlib
import hmac
import os
from collections.abc import Collection

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from loguru import logger
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common.auth.principal import Principal
from common.http.context import ServiceContext, context_in
from common.http.problems import problem_response
from common.problem import Conflict, PayloadTooLarge, Problem, Unprocessable

HEADER = b"idempotency-key"
_MAX_KEY_BYTES = 255
_MAX_BODY_BYTES = 32 << 20
# A first request that has not answered for this long died with its process: the key is free again.
_TAKEN_FOR = "5 minutes"
_SERVER_ERROR = 500
_NONCE_BYTES = 12
_STILL_TAKEN = "tenant_id = $1 and account_id = $2 and key = $3 and status is null"


class KeyUsedOtherwise(Unprocessable):
    """The key came before with another request."""

    type = "idempotency-key-reused"
    title = "This Idempotency-Key was used for another request"


class FirstStillRunning(Conflict):
    """The request that brought this key first has not answered yet."""

    type = "idempotency-key-in-use"
    title = "The first request with this Idempotency-Key is still running"


class Idempotency:
    """ASGI middleware for POST requests that carry the header; all others pass untouched."""

    def __init__(self, app: ASGIApp, exempt: Collection[str] = ()) -> None:
        self.app = app
        self.exempt = tuple(exempt)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the answer that it was given before."""
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"].startswith(self.exempt or ("\0",)):
            await self.app(scope, receive, send)
            return
        key = dict(scope["headers"]).get(HEADER, b"").decode("latin-1").strip()
        if not key:
            await self.app(scope, receive, send)
            return
        try:
            await self._once(key, scope, receive, send)
        except ClientDisconnect:
            logger.info("{} {}: the caller left in the middle of the body", scope["method"], scope["path"])
        except Problem as problem:
            await problem_response(problem, scope["path"])(scope, receive, send)

    async def _once(self, key: str, scope: Scope, receive: Receive, send: Send) -> None:
        if len(key) > _MAX_KEY_BYTES or not key.isascii() or not key.isprintable():
            message = f"an Idempotency-Key is at most {_MAX_KEY_BYTES} printable ASCII characters"
            raise Unprocessable(message)
        context = context_in(scope)
        principal = await context.auth.principal(scope["headers"])
        body = await _read(receive)
        # What the caller may do belongs to the request: who has lost it must not read what it once answered.
        may = [principal.role, *sorted(principal.scopes), "", *principal.branch_codes]
        request = f"{may}\n{scope['path']}?{scope['query_string'].decode('latin-1')}\n"
        # A body may hold a password: without the key nobody tries guesses against what the database keeps of it.
        secret = context.settings.derived_secret("idempotent requests").encode()
        digest = hmac.digest(secret, request.encode() + body, hashlib.sha256)
        # An answer may hold one too, that is said this once: what is kept of it opens with the same request only.
        box = AESGCM(hmac.digest(secret, b"answer" + digest + body, hashlib.sha256))
        stored = await _claim(context, principal, key, digest)
        if stored is not None:
            status, media_type, kept = stored
            answer = _opened(box, kept)
            await send(
                {
                    "type": "http.response.start",
                    "status": status,
                    "headers": [(b"content-type", media_type.encode()), (b"idempotency-replayed", b"true")],
                }
            )
            await send({"type": "http.response.body", "body": answer})
            return
        answer = _Answer()
        try:
            await self.app(scope, _replay(body), answer)
        except BaseException:
            await _free(context, principal, key)
            raise
        # Stored before it is sent: whoever has the answer gets the same one again from then on.
        nonce = os.urandom(_NONCE_BYTES)
        await _keep(context, principal, key, digest, answer, nonce + box.encrypt(nonce, answer.body, None))
        for message in answer.messages:
            await send(message)


class _Answer:
    """Holds an answer back, so that it can be stored first."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.status = 0
        self.media_type = ""
        self._blocks: list[bytes] = []

    @property
    def body(self) -> bytes:
        """The whole body."""
        return b"".join(self._blocks)

    async def __call__(self, message: Message) -> None:
        self.messages.append(message)
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.media_type = dict(message.get("headers", [])).get(b"content-type", b"").decode("latin-1")
        elif message["type"] == "http.response.body":
            self._blocks.append(message.get("body", b""))


async def _read(receive: Receive) -> bytes:
    blocks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            # Half a body is not the request: it claims no key, so that the whole one can follow.
            raise ClientDisconnect
        blocks.append(message.get("body", b""))
        size += len(blocks[-1])
        if size > _MAX_BODY_BYTES:
            text = f"a request with an Idempotency-Key carries at most {_MAX_BODY_BYTES >> 20} MB"
            raise PayloadTooLarge(text)
        if not message.get("more_body"):
            return b"".join(blocks)


def _opened(box: AESGCM, kept: bytes) -> bytes:
    """The answer that was kept.

    Raises:
        KeyUsedOtherwise: it was not kept for this request, as far as can be told; doing it again could do it twice.
    """
    try:
        return box.decrypt(kept[:_NONCE_BYTES], kept[_NONCE_BYTES:], None)
    except (InvalidTag, ValueError):
        raise KeyUsedOtherwise("the answer that was kept does not open with this request: use another key") from None


def _replay(body: bytes) -> Receive:
    sent = False

    async def receive() -> Message:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _claim(
    context: ServiceContext, principal: Principal, key: str, digest: bytes
) -> tuple[int, str, bytes] | None:
    """Take the key for this request, or give what it answered the first time."""
    async with context.db.of(principal) as connection:
        taken = await connection.fetchval(
            f"insert into {context.name}.idempotency_key as k (tenant_id, account_id, key, request_hash)"  # noqa: S608 -- own name
            " values ($1, $2, $3, $4) on conflict (tenant_id, account_id, key) do update"
            " set request_hash = excluded.request_hash, status = null, created_at = now()"
            f" where k.created_at < now() - interval '24 hours'"
            f" or (k.status is null and k.created_at < now() - interval '{_TAKEN_FOR}') returning true",
            principal.tenant_id,
            principal.account_id,
            key,
            digest,
        )
        if taken:
            return None
        row = await connection.fetchrow(
            f"select request_hash, status, media_type, body from {context.name}.idempotency_key"  # noqa: S608 -- own name
            " where tenant_id = $1 and account_id = $2 and key = $3",
            principal.tenant_id,
            principal.account_id,
            key,
        )
    if row is None or (row["status"] is None and row["request_hash"] == digest):
        raise FirstStillRunning
    if row["request_hash"] != digest:
        raise KeyUsedOtherwise
    return int(row["status"]), row["media_type"], row["body"]


async def _keep(
    context: ServiceContext, principal: Principal, key: str, digest: bytes, answer: _Answer, sealed: bytes
) -> None:
    """Store the answer, its body sealed; a failure of ours is not one, and frees the key for another try."""
    if answer.status >= _SERVER_ERROR:
        await _free(context, principal, key)
        return
    statement = (
        f"update {context.name}.idempotency_key set status = $4, media_type = $5, body = $6"  # noqa: S608 -- own name
        f" where {_STILL_TAKEN} and request_hash = $7"
    )
    await _settle(context, principal, key, statement, answer.status, answer.media_type, sealed, digest)


async def _free(context: ServiceContext, principal: Principal, key: str) -> None:
    statement = f"delete from {context.name}.idempotency_key where {_STILL_TAKEN}"  # noqa: S608 -- own name
    await _settle(context, principal, key, statement)


async def _settle(context: ServiceContext, principal: Principal, key: str, statement: str, *values: object) -> None:
    try:
        async with context.db.of(principal) as connection:
            await connection.execute(statement, principal.tenant_id, principal.account_id, key, *values)
    except Exception as error:  # noqa: BLE001 -- whatever it is, the caller must hear what became of the request itself
        logger.warning("an Idempotency-Key stays taken for {}, without an answer: {}", _TAKEN_FOR, error)
