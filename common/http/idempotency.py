"""`Idempotency-Key`: for 24 hours, the same key and request from the same account get the first answer again."""

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
# If the first request has no answer after this time, its process has died, and the key may be used again.
_CLAIM_LIFETIME = "5 minutes"
_SERVER_ERROR = 500
_NONCE_BYTES = 12
_STILL_CLAIMED = "tenant_id = $1 and account_id = $2 and key = $3 and status is null"


class KeyUsedOtherwise(Unprocessable):
    """The key was used before for another request."""

    type = "idempotency-key-reused"
    title = "This Idempotency-Key was used for another request"


class FirstStillRunning(Conflict):
    """The first request with this key has no answer yet."""

    type = "idempotency-key-in-use"
    title = "The first request with this Idempotency-Key is still running"


class Idempotency:
    """ASGI middleware for POST requests that carry the header; all others pass unchanged."""

    def __init__(self, app: ASGIApp, exempt: Collection[str] = ()) -> None:
        self.app = app
        self.exempt = tuple(exempt)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or return the answer that it got before."""
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"].startswith(self.exempt or ("\0",)):
            await self.app(scope, receive, send)
            return
        key = dict(scope["headers"]).get(HEADER, b"").decode("latin-1").strip()
        if not key:
            await self.app(scope, receive, send)
            return
        try:
            await self._serve_once(key, scope, receive, send)
        except ClientDisconnect:
            logger.info("{} {}: the caller left in the middle of the body", scope["method"], scope["path"])
        except Problem as problem:
            await problem_response(problem, scope["path"])(scope, receive, send)

    async def _serve_once(self, key: str, scope: Scope, receive: Receive, send: Send) -> None:
        if len(key) > _MAX_KEY_BYTES or not key.isascii() or not key.isprintable():
            message = f"an Idempotency-Key is at most {_MAX_KEY_BYTES} printable ASCII characters"
            raise Unprocessable(message)
        context = context_in(scope)
        principal = await context.auth.principal(scope["headers"])
        body = await _read(receive)
        # Permissions are part of the request: a caller who has lost some must not read an answer from before.
        permissions = [principal.role, *sorted(principal.scopes), "", *principal.branch_codes]
        request = f"{permissions}\n{scope['path']}?{scope['query_string'].decode('latin-1')}\n"
        # A body may contain a password. The digest is keyed, so that nobody can guess passwords from a stolen database.
        secret = context.settings.derived_secret("idempotent requests").encode()
        digest = hmac.digest(secret, request.encode() + body, hashlib.sha256)
        # An answer may contain a secret that is shown only once. Only the same request can decrypt the stored answer.
        cipher = AESGCM(hmac.digest(secret, b"answer" + digest + body, hashlib.sha256))
        stored = await _claim(context, principal, key, digest)
        if stored is not None:
            status, media_type, encrypted = stored
            answer = _decrypted(cipher, encrypted)
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
            await _release(context, principal, key)
            raise
        # The answer is stored before it is sent, so that whoever has received it gets the same one again.
        nonce = os.urandom(_NONCE_BYTES)
        await _store(context, principal, key, digest, answer, nonce + cipher.encrypt(nonce, answer.body, None))
        for message in answer.messages:
            await send(message)


class _Answer:
    """Buffers an answer, so that it can be stored before it is sent."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.status = 0
        self.media_type = ""
        self._chunks: list[bytes] = []

    @property
    def body(self) -> bytes:
        """Return the complete body."""
        return b"".join(self._chunks)

    async def __call__(self, message: Message) -> None:
        self.messages.append(message)
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.media_type = dict(message.get("headers", [])).get(b"content-type", b"").decode("latin-1")
        elif message["type"] == "http.response.body":
            self._chunks.append(message.get("body", b""))


async def _read(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            # An incomplete body must not claim the key, so that the complete request can follow.
            raise ClientDisconnect
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > _MAX_BODY_BYTES:
            text = f"a request with an Idempotency-Key carries at most {_MAX_BODY_BYTES >> 20} MB"
            raise PayloadTooLarge(text)
        if not message.get("more_body"):
            return b"".join(chunks)


def _decrypted(cipher: AESGCM, encrypted: bytes) -> bytes:
    """Decrypt a stored answer.

    Raises:
        KeyUsedOtherwise: the answer cannot be decrypted, so it was presumably stored for another request. The request
            is not executed, because it may have been executed before.
    """
    try:
        return cipher.decrypt(encrypted[:_NONCE_BYTES], encrypted[_NONCE_BYTES:], None)
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
    """Claim the key for this request.

    Returns:
        None if this request must be executed; else the status, media type and encrypted body of the first answer.

    Raises:
        FirstStillRunning: the first request with this key has no answer yet.
        KeyUsedOtherwise: the key was used for another request.
    """
    async with context.db.of(principal) as connection:
        is_claimed = await connection.fetchval(
            f"insert into {context.name}.idempotency_key as k (tenant_id, account_id, key, request_hash)"  # noqa: S608 -- own name
            " values ($1, $2, $3, $4) on conflict (tenant_id, account_id, key) do update"
            " set request_hash = excluded.request_hash, status = null, created_at = now()"
            f" where k.created_at < now() - interval '24 hours'"
            f" or (k.status is null and k.created_at < now() - interval '{_CLAIM_LIFETIME}') returning true",
            principal.tenant_id,
            principal.account_id,
            key,
            digest,
        )
        if is_claimed:
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


async def _store(
    context: ServiceContext, principal: Principal, key: str, digest: bytes, answer: _Answer, encrypted: bytes
) -> None:
    """Store the answer with its encrypted body. A server error is not stored, and releases the key for another try."""
    if answer.status >= _SERVER_ERROR:
        await _release(context, principal, key)
        return
    statement = (
        f"update {context.name}.idempotency_key set status = $4, media_type = $5, body = $6"  # noqa: S608 -- own name
        f" where {_STILL_CLAIMED} and request_hash = $7"
    )
    await _update_claim(context, principal, key, statement, answer.status, answer.media_type, encrypted, digest)


async def _release(context: ServiceContext, principal: Principal, key: str) -> None:
    statement = f"delete from {context.name}.idempotency_key where {_STILL_CLAIMED}"  # noqa: S608 -- own name
    await _update_claim(context, principal, key, statement)


async def _update_claim(
    context: ServiceContext, principal: Principal, key: str, statement: str, *values: object
) -> None:
    try:
        async with context.db.of(principal) as connection:
            await connection.execute(statement, principal.tenant_id, principal.account_id, key, *values)
    except Exception as error:  # noqa: BLE001 -- the request itself is done, and the caller must get its answer
        logger.warning("an Idempotency-Key stays taken for {}, without an answer: {}", _CLAIM_LIFETIME, error)
