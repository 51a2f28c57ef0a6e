"""What each call that changes something writes into the audit log, or why it writes nothing."""

from typing import Final

# A call that hands data out, and one that acts without a change, may be written down too: they are listed with these.
WRITTEN: Final[dict[str, tuple[str, ...]]] = {
    # signing in and out
    "POST /auth/password/login": ("sign-in.password",),
    "POST /auth/callback": ("sign-in.oidc", "identity.linked", "account.created"),
    "POST /auth/password/forgot": ("password.forgotten",),
    "POST /auth/password/reset": ("password.reset",),
    "POST /auth/email/verify": ("email.verified", "email.changed", "identity.unlinked"),
    "POST /auth/invitations/accept": ("member.joined",),
    "POST /auth/refresh": ("session.revoked",),
    "POST /auth/logout": ("session.revoked",),
    "DELETE /auth/sessions/{id}": ("session.revoked",),
    # people
    "PATCH /auth/me": ("profile.changed",),
    "PUT /auth/me/avatar": ("avatar.changed",),
    "DELETE /auth/me/avatar": ("avatar.removed",),
    "POST /api/users": ("member.invited", "member.invited-again"),
    "PUT /api/users/{id}": ("member.changed", "api-key.revoked"),
    "DELETE /api/users/{id}": ("member.removed", "api-key.revoked"),
    "POST /auth/invitations": ("member.invited", "member.invited-again"),
    "POST /api/teams": ("team.created",),
    "PUT /api/teams/{id}": ("team.changed",),
    "DELETE /api/teams/{id}": ("team.removed",),
    # the tenant, its machines and secrets
    "POST /auth/tenants": ("tenant.created",),
    "POST /api/organizations": ("tenant.created",),
    "PATCH /auth/tenants/{id}": ("tenant.changed",),
    "PUT /api/organizations/{org_id}": ("tenant.changed",),
    "POST /auth/api-keys": ("api-key.created",),
    "DELETE /auth/api-keys/{id}": ("api-key.revoked",),
    "POST /analytics/email/config": ("smtp-config.changed", "hold-out.changed"),
    "POST /analytics/email/mappings": ("mapping.created",),
    "PUT /analytics/email/mappings/{id}": ("mapping.changed",),
    "DELETE /analytics/email/mappings/{id}": ("mapping.removed",),
    "POST /email/unsubscribe/{token}": ("report-mail.stopped", "report-mail.resumed"),
    "POST /data/sources": ("source.added",),
    "PUT /data/sources/{id}": ("source.changed",),
    "DELETE /data/sources/{id}": ("source.removed",),
    "POST /data/sources/{id}/test": ("source.tested",),
    # campaigns
    "POST /api/campaigns": ("campaign.created",),
    "PUT /api/campaigns/{id}": ("campaign.changed",),
    "DELETE /api/campaigns/{id}": ("campaign.removed",),
    # goals and snapshots
    "POST /api/goals": ("goal.created",),
    "PUT /api/goals/{goal_id}": ("goal.changed",),
    "DELETE /api/goals/{goal_id}": ("goal.removed",),
    "POST /api/analytics": ("snapshot.saved", "snapshot.saved-again"),
    # events given up
    "POST /auth/dead-letters/replay": ("dead-letter.replayed",),
    "POST /analytics/dead-letters/replay": ("dead-letter.replayed",),
    "POST /api/analytics/aggregate": ("aggregates.rebuilt",),
    "POST /api/analytics/aggregate/check": ("aggregates.checked",),
    "POST /data/dead-letters/replay": ("dead-letter.replayed",),
    # data in and out
    "POST /api/sync/google-analytics": ("sync.requested",),
    "POST /api/sync/meta-ads": ("sync.requested",),
    "POST /api/sync/woocommerce": ("sync.requested",),
    "POST /data/import/{kind}": ("import.started",),
    "POST /data/ingest/jobs/{id}/cancel": ("job.cancelled",),
    "POST /data/ingest/jobs/{id}/retry": ("job.retried",),
    "POST /data/backfill": ("backfill.started",),
    "POST /data/ingest/start": ("backfill.started",),
    "GET /data/import/jobs/{id}/rejects": ("rejects.exported",),
    "POST /analytics/email/send-reports": ("reports.requested",),
    # the operator
    "POST /auth/operator/tenants": ("tenant.created",),
    "POST /auth/operator/tokens": ("token.minted",),
    "POST /auth/operator/tenants/{tenant_id}/tokens": ("token.minted",),
    "POST /auth/operator/accounts/revoke": ("account.revoked",),
    "POST /auth/operator/accounts/restore": ("account.restored",),
    "POST /auth/operator/keys/rotate": ("signing-key.rotated",),
    "PUT /auth/operator/tenants/{id}/plan": ("tenant.plan-changed",),
}
NOT_WRITTEN: Final[dict[str, str]] = {
    "POST /data/import/{kind}/preview": "changes nothing: it shows what an import would do",
    "POST /data/events": "thousands a second, from machines: each batch is a row, and the key's uses are counted",
    "POST /data/backfill/plan": "changes nothing: it reckons",
    "POST /mp/collect": "many a second, by a source's own secret: rows, what is refused too (data.refused_hit)",
    "POST /debug/mp/collect": "changes nothing: it judges a hit",
    "POST /data/webhooks/woocommerce/{source_id}": "by a shop, many a second: rows of data.webhook_delivery",
    "PATCH /analytics/tasks/{kind}/{task_key}": "the day's work: the task itself says who, when and what",
    "POST /email/t/{token}": "likewise, in email.task_action",
    "POST /analytics/email/config/test": "changes nothing: it tries the server that is set",
}
