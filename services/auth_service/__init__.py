"""The auth service: accounts, tenants, memberships and the tokens that speak for them."""

from common.http.app import ServiceSpec, create_app
from services.auth_service.api import caller, jwks, login, me, operator, refresh, sessions, tenants
from services.auth_service.start import prepare

SPEC = ServiceSpec(
    name="auth",
    title="auth service",
    description="Signing in, the own profile, tenants and their settings, and the keys that verify tokens.",
    routers=[
        caller.router,
        login.router,
        refresh.router,
        sessions.router,
        me.router,
        tenants.router,
        jwks.router,
        operator.router,
    ],
    on_start=prepare,
    # The contract keeps Idempotency-Key away from auth: a stored answer would hold a token.
    # An organization is made by an account that may have no tenant yet, to which a key could belong.
    idempotency_exempt=["/auth", "/api/organizations"],
)

app = create_app(SPEC)
