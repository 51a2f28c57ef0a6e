-- Teams within a tenant; their members are in auth.membership.
create table auth.team (
    tenant_id uuid not null,
    team_id uuid not null default gen_random_uuid(),
    name text not null check (btrim(name) <> '' and length(name) <= 200),
    owner_id uuid,
    settings jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, team_id)
);

alter table auth.team enable row level security;
alter table auth.team force row level security;
create policy tenant on auth.team
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table auth.team
    add constraint team_tenant foreign key (tenant_id) references auth.tenant (tenant_id) on delete cascade;
