-- Products were added to the cart; `items` may be empty, then `value` is the line.
-- Partitioned by month of event_ts (UTC); data.ensure_month makes the months. Absent values are null.
create table data.add_to_cart (
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
    value numeric,
    currency text,
    items jsonb,
    extra jsonb, -- the rest of the row: params, user_properties, geo, device, traffic_source, …
    road smallint not null, -- 1 GA4 export, 2 Data API, 3 Measurement Protocol, 4 posted
    primary key (tenant_id, event_ts, event_id)
) partition by range (event_ts);

create index add_to_cart_device on data.add_to_cart (tenant_id, user_pseudo_id, event_ts);

alter table data.add_to_cart enable row level security;
alter table data.add_to_cart force row level security;
create policy tenant on data.add_to_cart
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- No policy: a partition is never read directly.
create table data.add_to_cart_default partition of data.add_to_cart default;
alter table data.add_to_cart_default enable row level security;
alter table data.add_to_cart_default force row level security;
