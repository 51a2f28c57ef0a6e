"""The auth service: accounts, tenants, memberships and tokens."""

from common.events import Consumer
from common.events.contracts.audit_entry_recorded import AuditEntryRecorded
from common.events.contracts.auth_api_key_used import ApiKeyUsed
from common.http.app import ServiceSpec, create_app
from common.http.dead_letters import dead_letter_router
from services.auth_service.api import (
    api_keys,
    audit,
    avatar,
    caller,
    email_address,
    invitation_page,
    invitations,
    jwks,
    login,
    me,
    openid,
    operator,
    operator_accounts,
    operator_keys,
    operator_tenants,
    passwords,
    refresh,
    sessions,
    teams,
    tenants,
    users,
)
from services.auth_service.consumers.on_api_key_used import on_api_key_used
from services.auth_service.consumers.on_entry_recorded import on_entry_recorded
from services.auth_service.jobs.account_mails import ACCOUNT_MAILS
from services.auth_service.jobs.housekeeping import keep_auth_house
from services.auth_service.jobs.invitation_mail import INVITATION_MAIL
from services.auth_service.sign_in_guard import keep_guard
from services.auth_service.start import close, prepare

SPEC = ServiceSpec(
    name="auth",
    title="auth service",
    description="Signing in, sessions and mailed links; the own profile, people, teams and invitations; tenants and"
    " their settings; API keys, the audit log, and the keys that verify tokens.",
    routers=[
        caller.router,
        login.router,
        passwords.router,
        email_address.router,
        openid.router,
        refresh.router,
        sessions.router,
        me.router,
        avatar.router,
        tenants.router,
        users.router,
        teams.router,
        invitations.router,
        invitation_page.router,
        jwks.router,
        operator.router,
        operator_accounts.router,
        operator_keys.router,
        operator_tenants.router,
        api_keys.router,
        audit.router,
        audit.operator_router,
        dead_letter_router("/auth/dead-letters"),
    ],
    consumers=[Consumer(AuditEntryRecorded, on_entry_recorded), Consumer(ApiKeyUsed, on_api_key_used)],
    jobs=[*ACCOUNT_MAILS, INVITATION_MAIL],
    background=[keep_auth_house, keep_guard],
    on_start=prepare,
    on_stop=close,
    # No Idempotency-Key for auth: a stored answer would contain a token.
    # An organization is created by an account that may have no tenant yet, so the key would have no owner.
    idempotency_exempt=["/auth", "/api/organizations"],
)

app = create_app(SPEC)
