"""The roles: one that owns everything and never signs in, and one login per service that owns nothing.

Roles belong to the whole server and not to one database, so they are made here and not by a revision.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from base64 import b64encode
from collections.abc import Callable

from common.db import Connection
from common.settings import SERVICES_WITH_DATABASE

OWNER = "branchwise_owner"
LOGIN_ROLES = tuple(f"branchwise_{service}" for service in SERVICES_WITH_DATABASE)
SCHEMAS = (*SERVICES_WITH_DATABASE, "migration")
_SCRAM_ITERATIONS = 4096


async def make_roles(connection: Connection) -> None:
    """Create the roles that are missing and let the migrating user act as their owner."""
    there = {row["rolname"] for row in await connection.fetch("select rolname from pg_roles")}
    if OWNER not in there:
        await connection.execute(f"create role {OWNER} nologin")
    for role in LOGIN_ROLES:
        if role not in there:
            await connection.execute(f"create role {role} login noinherit")
    if not await connection.fetchval("select rolsuper from pg_roles where rolname = current_user"):
        # Since 16 whoever creates a role administers it, but acts as it only after granting it to himself.
        await connection.execute(f"grant {OWNER} to current_user")


async def make_schemas(connection: Connection) -> None:
    """Create the schemas that are missing, owned by the owner role."""
    there = {row["nspname"] for row in await connection.fetch("select nspname from pg_namespace")}
    for schema in SCHEMAS:
        if schema not in there:
            await connection.execute(f"create schema {schema} authorization {OWNER}")


async def set_passwords(connection: Connection, password_of: Callable[[str], str]) -> None:
    """Give every login role its derived password, sent as a verifier so that no server log can hold it."""
    for role in LOGIN_ROLES:
        await connection.execute(f"alter role {role} password '{scram_verifier(password_of(role))}'")


def scram_verifier(password: str, iterations: int = _SCRAM_ITERATIONS) -> str:
    """What PostgreSQL stores for an ASCII password (SCRAM-SHA-256, RFC 5803)."""
    salt = os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode("ascii"), salt, iterations)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    stored_key = b64encode(hashlib.sha256(client_key).digest()).decode()
    server_key = b64encode(hmac.digest(salted, b"Server Key", "sha256")).decode()
    return f"SCRAM-SHA-256${iterations}:{b64encode(salt).decode()}${stored_key}:{server_key}"
