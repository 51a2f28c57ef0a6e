"""The marketing routes, a file per noun."""

from services.analytics_service.api.marketing import (
    branches,
    campaigns,
    changes,
    dashboard,
    figures,
    judgements,
    ledger,
    platforms,
    products,
    quality,
    utm_audit,
)

ROUTERS = [
    figures.router,
    campaigns.router,
    judgements.router,
    platforms.router,
    products.router,
    branches.router,
    utm_audit.router,
    dashboard.router,
    changes.router,
    quality.router,
    ledger.router,
]
