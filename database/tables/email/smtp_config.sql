-- The tenant's own mail server. The password is sealed, and opened only to sign in there.
create table email.smtp_config (
    tenant_id uuid not null primary key,
    server text not null check (btrim(server) <> ''),
    port int not null check (port between 1 and 65535),
    from_address text not null,
    username text not null default '',
    password_sealed text,
    use_tls boolean not null,
    updated_by uuid,
    updated_at timestamptz not null default now()
);

alter table email.smtp_config enable row level security;
alter table email.smtp_config force row level security;
create policy tenant on email.smtp_config
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
