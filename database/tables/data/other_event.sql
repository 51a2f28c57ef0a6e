-- Every event of another name, so that no accepted event is lost.
-- Partitioned by month of event_ts (UTC); data.ensure_month makes the months. Absent values are null.
create table data.other_event (
    tenant_id uuid not null,
    event_ts timestamptz not null,
    event_id uuid not null, -- first 16 bytes of the SHA-256 that identifies the hit
    batch_id uuid not null, -- data.batch; no foreign key on partitioned event tables
    user_pseudo_id text,
    user_id text,
    session_id text, -- ga_session_id as decimal text; unique only together with user_pseudo_id
    location_id text, -- by the tenant's rule or given; the home location is analytics' to add
    page_location text,
    page_title text,
    event_name text not null,
    value numeric,
    currency text,
    items jsonb,
    extra jsonb, -- the rest of the row: params, user_properties, geo, device, traffic_source, …
    road smallint not null, -- 1 GA4 export, 2 Data API, 3 Measurement Protocol, 4 posted
    primary key (tenant_id, event_ts, event_id)
) partition by range (event_ts);

create index other_event_device on data.other_event (tenant_id, user_pseudo_id, event_ts);

alter table data.other_event enable row level security;
alter table data.other_event force row level security;
create policy tenant on data.other_event
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- No policy: a partition is never read directly.
create table data.other_event_default partition of data.other_event default;
alter table data.other_event_default enable row level security;
alter table data.other_event_default force row level security;
