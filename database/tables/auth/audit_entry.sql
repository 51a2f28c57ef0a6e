-- Who did what, when, and what was refused. Rows are added and read, never changed: no role has the right to change
-- them. What belongs to no tenant (a sign-in with an unknown email) has the nil UUID, for the operator.
create table auth.audit_entry (
    tenant_id uuid not null,
    occurred_at timestamptz not null,
    entry_id uuid not null,
    -- '<noun>.<verb>', as in common/audit
    action text not null,
    outcome text not null check (outcome in ('done', 'refused')),
    -- The account or the API key that acted; null: nobody known, or the operator.
    actor_id uuid,
    actor_kind text not null check (actor_kind in ('account', 'api-key', 'operator', 'system', 'unknown')),
    -- The actor's email or the key's name at that time: both may be gone when somebody reads this.
    actor text not null default '',
    target text not null default '',
    -- What changed, without secrets.
    detail jsonb not null default '{}',
    service text not null,
    address text not null default '',
    request_id text not null default '',
    -- How often the same was refused: one entry stands for all within some minutes.
    count integer not null default 1,
    -- '<noun>' of the action, for all that happened to members, keys, …
    noun text generated always as (split_part(action, '.', 1)) stored,
    primary key (tenant_id, occurred_at, entry_id)
);

-- One for each filter of GET /auth/audit, in its order: reading a page takes as long however long the log is.
create index audit_entry_actor_id on auth.audit_entry (tenant_id, actor_id, occurred_at, entry_id);
create index audit_entry_actor on auth.audit_entry (tenant_id, actor, occurred_at, entry_id);
create index audit_entry_action on auth.audit_entry (tenant_id, action, occurred_at, entry_id);
create index audit_entry_noun on auth.audit_entry (tenant_id, noun, occurred_at, entry_id);
create index audit_entry_target on auth.audit_entry (tenant_id, target, occurred_at, entry_id);
create index audit_entry_outcome on auth.audit_entry (tenant_id, outcome, occurred_at, entry_id);
create index audit_entry_service on auth.audit_entry (tenant_id, service, occurred_at, entry_id);

alter table auth.audit_entry enable row level security;
alter table auth.audit_entry force row level security;
create policy tenant on auth.audit_entry
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
