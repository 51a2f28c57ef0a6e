-- A campaign, ad set or ad of a connected ad account, as its platform reports it now.
create table data.ad_object (
    tenant_id uuid not null,
    source_id uuid not null,
    level text not null check (level in ('campaign', 'adset', 'ad')),
    object_id text not null, -- the platform's own id
    parent_id text, -- the object a level above
    name text not null,
    status text not null, -- the platform's word for it
    said jsonb not null, -- all that it reports, unknown fields included
    first_seen_at timestamptz not null default now(),
    changed_at timestamptz not null default now(), -- when its report last changed
    ended_at timestamptz, -- since when it is no longer listed
    primary key (tenant_id, source_id, level, object_id)
);

alter table data.ad_object enable row level security;
alter table data.ad_object force row level security;
create policy tenant on data.ad_object
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table data.ad_object add foreign key (tenant_id, source_id)
    references data.source (tenant_id, source_id) on delete cascade;
