-- Sessions by channel and day, as a web analytics vendor counts them: for days whose sessions were not seen here.
create table data.channel_day (
    tenant_id uuid not null,
    property_id text not null,
    day date not null, -- of the vendor's own zone
    channel text not null, -- the slug of GA4's default channel group: 'paid-search', 'direct', …
    sessions bigint not null,
    engaged_sessions bigint not null,
    key_events numeric not null,
    revenue numeric not null,
    currency text, -- null: the tenant's
    source_id uuid not null, -- that reported it; it may have been removed since
    read_at timestamptz not null default now(),
    primary key (tenant_id, property_id, day, channel)
);

create index channel_day_day on data.channel_day (tenant_id, day);

alter table data.channel_day enable row level security;
alter table data.channel_day force row level security;
create policy tenant on data.channel_day
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
