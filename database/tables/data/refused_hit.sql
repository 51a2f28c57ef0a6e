-- What /mp/collect refused, why, and as it came: the last hundred of each source.
create table data.refused_hit (
    tenant_id uuid not null,
    refused_id bigint generated always as identity,
    source_id uuid not null,
    refused_at timestamptz not null default now(),
    field_path text not null, -- the vendor's, as /debug/mp/collect says it
    description text not null,
    code text not null, -- VALUE_INVALID, …
    events integer not null, -- that were not stored: one, or all of a hit
    original text, -- the event, or the hit without what is never stored; bounded; null if it is not JSON
    primary key (tenant_id, refused_id)
);

create index refused_hit_source on data.refused_hit (tenant_id, source_id, refused_id);

alter table data.refused_hit enable row level security;
alter table data.refused_hit force row level security;
create policy tenant on data.refused_hit
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table data.refused_hit add foreign key (tenant_id, source_id)
    references data.source (tenant_id, source_id) on delete cascade;
