-- Up to where a tenant's series were judged last, and since when they are: before, nothing could have been shown.
create table insights.judged (
    tenant_id uuid not null,
    grain text not null check (grain in ('hour', 'day')),
    judged_until timestamptz not null,
    since timestamptz not null default now(), -- of the first look
    primary key (tenant_id, grain)
);

alter table insights.judged enable row level security;
alter table insights.judged force row level security;
create policy tenant on insights.judged
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
