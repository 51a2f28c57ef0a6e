-- How many events came to /mp/collect on a tenant's day, and what became of them. Counted in memory and added every few
-- seconds: if a row were written with each hit, hits would wait for each other.
create table data.hit_count (
    tenant_id uuid not null,
    source_id uuid not null,
    day date not null, -- of the tenant, on which it came
    hits bigint not null,
    taken bigint not null, -- events that are new; the others were there already, …
    duplicates bigint not null,
    superseded bigint not null, -- … are of a day that a better road has, …
    refused bigint not null, -- … or were refused: data.refused_hit
    last_hit_at timestamptz not null,
    primary key (tenant_id, source_id, day)
);

alter table data.hit_count enable row level security;
alter table data.hit_count force row level security;
create policy tenant on data.hit_count
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table data.hit_count add foreign key (tenant_id, source_id)
    references data.source (tenant_id, source_id) on delete cascade;
