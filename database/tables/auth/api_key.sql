-- Keys of programs. The key itself is shown once and stored as a hash; every service looks up its own caller's.
create table auth.api_key (
    tenant_id uuid not null,
    api_key_id uuid not null default gen_random_uuid(),
    name text not null check (btrim(name) <> '' and length(name) <= 200),
    -- The first characters, so that people can tell keys apart.
    hint text not null,
    -- sha-256: the key is 32 random bytes, which nobody can guess, so no slow hash is needed.
    key_hash bytea not null,
    scopes text[] not null,
    created_by uuid,
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz,
    uses bigint not null default 0,
    primary key (tenant_id, api_key_id)
);

create index api_key_hash on auth.api_key (key_hash);

alter table auth.api_key enable row level security;
alter table auth.api_key force row level security;
create policy tenant on auth.api_key
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table auth.api_key
    add constraint api_key_tenant foreign key (tenant_id) references auth.tenant (tenant_id) on delete cascade;
