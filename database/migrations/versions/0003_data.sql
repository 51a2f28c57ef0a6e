-- A page or screen was shown.
-- Partitioned by month of event_ts (UTC); data.ensure_month makes the months. Absent values are null.
create table data.page_view (
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
    extra jsonb, -- the rest of the row: params, user_properties, geo, device, traffic_source, …
    road smallint not null, -- 1 GA4 export, 2 Data API, 3 Measurement Protocol, 4 posted
    primary key (tenant_id, event_ts, event_id)
) partition by range (event_ts);

create index page_view_device on data.page_view (tenant_id, user_pseudo_id, event_ts);

alter table data.page_view enable row level security;
alter table data.page_view force row level security;
create policy tenant on data.page_view
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- No policy: a partition is never read directly.
create table data.page_view_default partition of data.page_view default;
alter table data.page_view_default enable row level security;
alter table data.page_view_default force row level security;

-- A product was looked at.
-- Partitioned by month of event_ts (UTC); data.ensure_month makes the months. Absent values are null.
create table data.view_item (
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

create index view_item_device on data.view_item (tenant_id, user_pseudo_id, event_ts);

alter table data.view_item enable row level security;
alter table data.view_item force row level security;
create policy tenant on data.view_item
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- No policy: a partition is never read directly.
create table data.view_item_default partition of data.view_item default;
alter table data.view_item_default enable row level security;
alter table data.view_item_default force row level security;

-- Products went into the cart; `items` may be empty, then `value` is the line.
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

-- An order. `transaction_id` falls back to the event id, `value` to 0, so neither is ever absent.
-- Partitioned by month of event_ts (UTC); data.ensure_month makes the months. Absent values are null.
create table data.purchase (
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
    transaction_id text not null,
    value numeric not null,
    currency text,
    items jsonb,
    extra jsonb, -- the rest of the row: params, user_properties, geo, device, traffic_source, …
    road smallint not null, -- 1 GA4 export, 2 Data API, 3 Measurement Protocol, 4 posted, 5 shop order
    primary key (tenant_id, event_ts, event_id)
) partition by range (event_ts);

create index purchase_device on data.purchase (tenant_id, user_pseudo_id, event_ts);
-- A shop's order and the purchase that its tag sent find each other.
create index purchase_transaction on data.purchase (tenant_id, transaction_id);

alter table data.purchase enable row level security;
alter table data.purchase force row level security;
create policy tenant on data.purchase
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- No policy: a partition is never read directly.
create table data.purchase_default partition of data.purchase default;
alter table data.purchase_default enable row level security;
alter table data.purchase_default force row level security;

-- A search that found something. The term is folded: lower case, trimmed, inner blanks one.
-- Partitioned by month of event_ts (UTC); data.ensure_month makes the months. Absent values are null.
create table data.view_search_results (
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
    search_term text,
    extra jsonb, -- the rest of the row: params, user_properties, geo, device, traffic_source, …
    road smallint not null, -- 1 GA4 export, 2 Data API, 3 Measurement Protocol, 4 posted
    primary key (tenant_id, event_ts, event_id)
) partition by range (event_ts);

create index view_search_results_device on data.view_search_results (tenant_id, user_pseudo_id, event_ts);

alter table data.view_search_results enable row level security;
alter table data.view_search_results force row level security;
create policy tenant on data.view_search_results
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- No policy: a partition is never read directly.
create table data.view_search_results_default partition of data.view_search_results default;
alter table data.view_search_results_default enable row level security;
alter table data.view_search_results_default force row level security;

-- A search that found nothing. The term is folded as in view_search_results.
-- Partitioned by month of event_ts (UTC); data.ensure_month makes the months. Absent values are null.
create table data.no_search_results (
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
    search_term text,
    extra jsonb, -- the rest of the row: params, user_properties, geo, device, traffic_source, …
    road smallint not null, -- 1 GA4 export, 2 Data API, 3 Measurement Protocol, 4 posted
    primary key (tenant_id, event_ts, event_id)
) partition by range (event_ts);

create index no_search_results_device on data.no_search_results (tenant_id, user_pseudo_id, event_ts);

alter table data.no_search_results enable row level security;
alter table data.no_search_results force row level security;
create policy tenant on data.no_search_results
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- No policy: a partition is never read directly.
create table data.no_search_results_default partition of data.no_search_results default;
alter table data.no_search_results_default enable row level security;
alter table data.no_search_results_default force row level security;

-- Every event of another name, so that nothing accepted is thrown away.
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

-- The company's customers as its own records know them: whom to call, and their home branch.
create table data.users (
    tenant_id uuid not null,
    user_id text not null,
    buying_company_name text,
    email text,
    cell_phone text,
    office_phone text,
    location_id text,
    attributes jsonb not null default '{}', -- columns of the file that have no place of their own
    updated_at timestamptz not null default now(),
    primary key (tenant_id, user_id)
);

-- Whose order it is that names an address.
create index users_email on data.users (tenant_id, lower(email)) where email is not null;

alter table data.users enable row level security;
alter table data.users force row level security;
create policy tenant on data.users
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- The company's branches.
create table data.locations (
    tenant_id uuid not null,
    location_id text not null,
    location_name text not null,
    city text,
    state text,
    attributes jsonb not null default '{}', -- columns of the file that have no place of their own
    updated_at timestamptz not null default now(),
    primary key (tenant_id, location_id)
);

alter table data.locations enable row level security;
alter table data.locations force row level security;
create policy tenant on data.locations
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Which devices a user was seen on: finds a user's events by their device index. '' = rows without a device.
create table data.user_device (
    tenant_id uuid not null,
    user_id text not null,
    user_pseudo_id text not null,
    primary key (tenant_id, user_id, user_pseudo_id)
);

alter table data.user_device enable row level security;
alter table data.user_device force row level security;
create policy tenant on data.user_device
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Rows that were committed together. refreshed_at is set when analytics' answers include them.
create table data.batch (
    tenant_id uuid not null,
    batch_id uuid not null,
    job_id uuid, -- null: posted, not by a job
    rows integer not null, -- for who looks at what the answers do not include yet
    recorded_at timestamptz not null default now(),
    refreshed_at timestamptz,
    primary key (tenant_id, batch_id)
);

create index batch_unrefreshed on data.batch (tenant_id, recorded_at) where refreshed_at is null;

alter table data.batch enable row level security;
alter table data.batch force row level security;
create policy tenant on data.batch
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Jobs that have done their part and complete when analytics' answers include every batch up to `since`.
create table data.awaiting_job (
    tenant_id uuid not null,
    job_id uuid not null,
    since timestamptz not null,
    primary key (tenant_id, job_id)
);

alter table data.awaiting_job enable row level security;
alter table data.awaiting_job force row level security;
create policy tenant on data.awaiting_job
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- An uploaded file and how far its job has come: committed with each chunk's rows, so a crash resumes exactly there.
create table data.import_file (
    tenant_id uuid not null,
    job_id uuid not null,
    kind text not null,
    name text not null, -- as the client called it
    path text not null, -- in the file store
    form text not null check (form in ('text', 'parquet')), -- judged by content; compression apart
    is_gzip boolean not null,
    bytes bigint not null,
    columns text[], -- a CSV's header, for the rejects' file
    lines_done bigint not null default 0, -- of campaign-performance also its campaign-days, after the lines
    bytes_done bigint not null default 0,
    counts jsonb not null default '{}', -- new rows by table, duplicates, rejected
    is_read boolean not null default false, -- every line is in
    problem text, -- why reading stopped before the end
    options jsonb not null default '{}', -- what was chosen with the upload: domain/csv_files/options.py
    plan jsonb, -- how a CSV is read, decided once from the whole of it: domain/csv_files/plan.py
    primary key (tenant_id, job_id)
);

alter table data.import_file enable row level security;
alter table data.import_file force row level security;
create policy tenant on data.import_file
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Lines of a file that could not be taken, with the reason in plain words.
create table data.import_reject (
    tenant_id uuid not null,
    job_id uuid not null,
    line bigint not null, -- from 1, as an editor counts
    reason text not null,
    original text[] not null, -- the line's columns (a JSON line is one), cut to a bounded length
    primary key (tenant_id, job_id, line)
);

alter table data.import_reject enable row level security;
alter table data.import_reject force row level security;
create policy tenant on data.import_reject
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table data.import_reject add foreign key (tenant_id, job_id)
    references data.import_file (tenant_id, job_id) on delete cascade;

-- One row per tenant, locked shared by who records events and alone by a change of the rule:
-- so that no row resolved by the old rule is committed after the change has gone over the stored rows.
create table data.location_rule (
    tenant_id uuid not null,
    primary key (tenant_id)
);

alter table data.location_rule enable row level security;
alter table data.location_rule force row level security;
create policy tenant on data.location_rule
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Which road has a tenant's day, among those whose rows cannot be matched one by one (docs/decisions/0022).
-- A row is the day as it was cut in the tenant's time zone when it was first claimed, and stays cut like that: spans of
-- one tenant never overlap, so no moment has two owners. A road is only ever replaced by a better one; no row goes.
create table data.road_day (
    tenant_id uuid not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null, -- exclusive
    day date not null, -- of the tenant, when it was claimed
    road smallint not null check (road in (1, 2, 3)), -- 1 GA4 export, 2 Data API, 3 Measurement Protocol
    primary key (tenant_id, starts_at),
    check (ends_at > starts_at)
);

alter table data.road_day enable row level security;
alter table data.road_day force row level security;
create policy tenant on data.road_day
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- A connected account: what it is, how it fares, and when it is read next.
create table data.source (
    tenant_id uuid not null,
    source_id uuid not null default gen_random_uuid(),
    kind text not null check (kind in ('ga4', 'meta_ads', 'woocommerce', 'measurement_protocol')),
    name text not null check (btrim(name) <> ''),
    config jsonb not null default '{}', -- by kind: domain/syncs/source_settings.py
    secrets_sealed text, -- one sealed JSON object, opened only to call the vendor; never answered
    status text not null default 'active' check (status in ('active', 'degraded', 'needs_attention', 'paused')),
    reason text not null default '', -- in plain words, why it is not active
    failures integer not null default 0, -- attempts in a row that the vendor did not answer
    last_sync_at timestamptz, -- the last one that read all that it set out to
    next_sync_at timestamptz, -- null: nothing is planned
    window_read_on date, -- the tenant's day on which the days that the vendor restates were read last
    sync_job_id uuid, -- the sync that is queued or at work: one at a time
    created_by uuid,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, source_id)
);

-- A webhook's address names the source alone.
create index source_of_webhook on data.source (source_id);
create index source_due on data.source (next_sync_at) where next_sync_at is not null;

alter table data.source enable row level security;
alter table data.source force row level security;
create policy tenant on data.source
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Up to where each stream of a source has been read: the vendor's own mark, moved only with the rows it stands for.
create table data.source_cursor (
    tenant_id uuid not null,
    source_id uuid not null,
    stream text not null, -- 'orders', 'insights', …
    position jsonb not null,
    moved_at timestamptz not null default now(),
    primary key (tenant_id, source_id, stream)
);

alter table data.source_cursor enable row level security;
alter table data.source_cursor force row level security;
create policy tenant on data.source_cursor
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table data.source_cursor add foreign key (tenant_id, source_id)
    references data.source (tenant_id, source_id) on delete cascade;

-- What `POST /mp/collect` is called with, and whose source it feeds. The secret is shown once and kept as a hash.
create table data.measurement_stream (
    tenant_id uuid not null,
    source_id uuid not null,
    measurement_id text not null, -- 'G-' and ten of A–Z and 0–9; public, it stands in every page of the website
    -- sha-256 of 24 random bytes as text, which no guessing reaches, so that no slow hash is needed.
    -- Look-up `measurement_id` opens the one row whose secret is known; the caller compares the measurement_id.
    api_secret_hash bytea not null,
    created_at timestamptz not null default now(),
    primary key (tenant_id, source_id)
);

create index measurement_stream_secret on data.measurement_stream (api_secret_hash);

alter table data.measurement_stream enable row level security;
alter table data.measurement_stream force row level security;
create policy tenant on data.measurement_stream
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table data.measurement_stream add foreign key (tenant_id, source_id)
    references data.source (tenant_id, source_id) on delete cascade;

-- What came to /mp/collect and was not taken, why, and as it came: of each source the last hundred.
create table data.refused_hit (
    tenant_id uuid not null,
    refused_id bigint generated always as identity,
    source_id uuid not null,
    refused_at timestamptz not null default now(),
    field_path text not null, -- the vendor's, as /debug/mp/collect says it
    description text not null,
    code text not null, -- VALUE_INVALID, …
    events integer not null, -- that did not go in: one, or all of a hit
    original text, -- the event, or the hit without what is never stored; bounded; null where it is not JSON
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

-- How much came to /mp/collect on a tenant's day, and what became of it. Counted in memory and added every few seconds:
-- a row written with each hit would have them all wait for each other.
create table data.hit_count (
    tenant_id uuid not null,
    source_id uuid not null,
    day date not null, -- of the tenant, on which it came
    hits bigint not null,
    taken bigint not null, -- events that are new; the others were there already, …
    duplicates bigint not null,
    superseded bigint not null, -- … belong to a day that a better road has, …
    refused bigint not null, -- … or cannot be taken: data.refused_hit
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

-- What a vendor says of its own numbers of a day: they are sampled, parts are withheld, small rows are lumped together.
create table data.quality_flag (
    tenant_id uuid not null,
    source_id uuid not null,
    stream text not null,
    day date not null, -- of the tenant
    flag text not null, -- 'sampled', 'thresholded', 'other_row', …
    detail jsonb not null default '{}',
    noted_at timestamptz not null default now(),
    primary key (tenant_id, source_id, stream, day, flag)
);

alter table data.quality_flag enable row level security;
alter table data.quality_flag force row level security;
create policy tenant on data.quality_flag
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table data.quality_flag add foreign key (tenant_id, source_id)
    references data.source (tenant_id, source_id) on delete cascade;

-- Fields that a vendor began to send and nobody here knows: told of once, and kept raw by rows that have a place for them.
create table data.unknown_field (
    tenant_id uuid not null,
    source_id uuid not null,
    stream text not null,
    field text not null, -- its path, dots between names
    first_seen_at timestamptz not null default now(),
    primary key (tenant_id, source_id, stream, field)
);

alter table data.unknown_field enable row level security;
alter table data.unknown_field force row level security;
create policy tenant on data.unknown_field
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table data.unknown_field add foreign key (tenant_id, source_id)
    references data.source (tenant_id, source_id) on delete cascade;

-- Whose turn it is to write a tenant's ads: a writer locks the row until its commit (data.take_ad_turn), so that a file
-- and a source that tell of the same campaign in different words see each other, and nobody waits in a circle.
create table data.ad_turn (
    tenant_id uuid not null primary key
);

alter table data.ad_turn enable row level security;
alter table data.ad_turn force row level security;
create policy tenant on data.ad_turn
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- What a campaign had on a day, as its platform says it now; what it said before is in ad_performance_history.
create table data.ad_performance (
    tenant_id uuid not null,
    platform text not null, -- 'meta', 'google', 'shopee', … (definitions.md)
    account_id text not null, -- '' where a file names none
    campaign_id text not null,
    day date not null, -- of the ad account's own zone, as the platform reports
    campaign_name text not null,
    -- stored, since an index on lower() serves no query behind the policy: the function might tell of rows that are hidden
    campaign_key text not null generated always as (lower(campaign_id)) stored,
    impressions bigint not null default 0,
    clicks bigint not null default 0,
    spend numeric not null default 0,
    conversions numeric not null default 0, -- the platform's own claim
    revenue numeric not null default 0, -- likewise
    currency text, -- null: the tenant's
    extra jsonb, -- what the platform says besides
    source_id uuid, -- null: from a file
    first_seen_at timestamptz not null default now(),
    restated_at timestamptz, -- when it last said something else than before
    primary key (tenant_id, platform, account_id, campaign_id, day)
);

create index ad_performance_day on data.ad_performance (tenant_id, day);
-- A campaign's days, also under the name that a file has for its id.
create index ad_performance_campaign on data.ad_performance (tenant_id, platform, campaign_key, day);

alter table data.ad_performance enable row level security;
alter table data.ad_performance force row level security;
create policy tenant on data.ad_performance
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- What a platform said of a campaign's day before it said something else.
create table data.ad_performance_history (
    tenant_id uuid not null,
    platform text not null,
    account_id text not null,
    campaign_id text not null,
    day date not null,
    replaced_at timestamptz not null,
    said jsonb not null, -- the row as it was
    primary key (tenant_id, platform, account_id, campaign_id, day, replaced_at)
);

alter table data.ad_performance_history enable row level security;
alter table data.ad_performance_history force row level security;
create policy tenant on data.ad_performance_history
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- A campaign: made by hand, or known from a platform or a file (then account_id and external_id name it there).
create table data.campaign (
    tenant_id uuid not null,
    campaign_id uuid not null default gen_random_uuid(),
    name text not null check (btrim(name) <> ''),
    platform text not null,
    status text not null default 'active' check (status in ('active', 'paused', 'completed')),
    budget numeric check (budget >= 0), -- in the tenant's currency, or in platform_settings.currency where that is given
    start_date date,
    end_date date check (end_date >= start_date),
    user_id uuid, -- the member who looks after it
    team_id uuid,
    settings jsonb not null default '{}', -- what members keep here
    -- what the platform says besides; stands above the members' in answers while a source keeps the campaign in step
    platform_settings jsonb not null default '{}',
    account_id text not null default '', -- '' where a file names none
    external_id text, -- the platform's own id; null: made by hand
    named_on date, -- the newest day that a file has given it its name for
    source_id uuid, -- the source that keeps it in step; null, or of a source that is no more: nobody does
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, campaign_id),
    unique (tenant_id, platform, account_id, external_id)
);

alter table data.campaign enable row level security;
alter table data.campaign force row level security;
create policy tenant on data.campaign
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- What a vendor allows per hour or day, and what is left of it: all workers of a tenant spend from the same rows.
create table data.quota_window (
    tenant_id uuid not null,
    account text not null, -- whose allowance: 'ga4:<property>'
    span text not null check (span in ('hour', 'project_hour', 'day')),
    began_at timestamptz not null,
    spent bigint not null default 0, -- by us, as the answers said
    reserved bigint not null default 0, -- by calls under way; what a crash leaves here ends with the window
    remaining bigint, -- as the last answer said; null: none came yet
    ceiling bigint, -- the most that was ever left with what a call took: the allowance; null: not known yet
    calls bigint not null default 0,
    dearest bigint not null default 0, -- the most that one report took, in the window before until one is answered in this
    told_at timestamptz,
    primary key (tenant_id, account, span, began_at)
);

alter table data.quota_window enable row level security;
alter table data.quota_window force row level security;
create policy tenant on data.quota_window
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Sessions by channel and day, as a web analytics vendor counts them: for days whose sessions nobody here saw.
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
    source_id uuid not null, -- that told it, which may be removed since
    read_at timestamptz not null default now(),
    primary key (tenant_id, property_id, day, channel)
);

alter table data.channel_day enable row level security;
alter table data.channel_day force row level security;
create policy tenant on data.channel_day
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- A campaign, ad set or ad of a connected ad account, as its platform has it now.
create table data.ad_object (
    tenant_id uuid not null,
    source_id uuid not null,
    level text not null check (level in ('campaign', 'adset', 'ad')),
    object_id text not null, -- the platform's own id
    parent_id text, -- the object a level above
    name text not null,
    status text not null, -- the platform's word for it
    said jsonb not null, -- all that it says, fields that nobody here knows too
    first_seen_at timestamptz not null default now(),
    changed_at timestamptz not null default now(), -- when it last said something else
    ended_at timestamptz, -- since when it no longer lists it
    primary key (tenant_id, source_id, level, object_id)
);

alter table data.ad_object enable row level security;
alter table data.ad_object force row level security;
create policy tenant on data.ad_object
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table data.ad_object add foreign key (tenant_id, source_id)
    references data.source (tenant_id, source_id) on delete cascade;

-- The plan of a backfill: stored before it begins, gone through from the newest days to the oldest, a piece at a time.
create table data.backfill_piece (
    tenant_id uuid not null,
    job_id uuid not null,
    source_id uuid not null,
    first_day date not null, -- both inclusive, of the tenant's zone
    last_day date not null check (last_day >= first_day),
    state text not null default 'waiting' check (state in ('waiting', 'done', 'failed', 'lost')),
    rows bigint not null default 0, -- new ones
    attempts integer not null default 0, -- that the vendor did not answer
    seconds real not null default 0, -- of work, over all the steps that read it
    reason text not null default '', -- why it failed, or is lost for ever
    ended_at timestamptz, -- when it was read, or given up last
    primary key (tenant_id, job_id, source_id, first_day)
);

create index backfill_piece_read on data.backfill_piece (tenant_id, source_id, first_day) where state = 'done';

alter table data.backfill_piece enable row level security;
alter table data.backfill_piece force row level security;
create policy tenant on data.backfill_piece
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table data.backfill_piece add foreign key (tenant_id, job_id)
    references data.job (tenant_id, job_id) on delete cascade;

-- Orders of a shop as it last told of them: the newer modification stands. What a paid order is among the events is a
-- row of data.purchase (road 5), whose key is noted here.
create table data.shop_order (
    tenant_id uuid not null,
    source_id uuid not null,
    order_id text not null, -- the shop's own
    number text not null, -- what its people and customers call it
    transaction_id text not null, -- as the shop's GA4 tag sends it: the same order there is the same transaction
    status text not null, -- the shop's word; 'deleted': it is gone for good
    currency text,
    total numeric not null,
    total_tax numeric not null,
    shipping_total numeric not null,
    discount_total numeric not null,
    customer_id text, -- null: a guest
    email_hash bytea, -- SHA-256 of the billing address, trimmed and in lower case; the address itself is in data.users
    user_id text, -- whose order it is: data.users
    created_at timestamptz not null,
    modified_at timestamptz not null,
    paid_at timestamptz,
    lines jsonb not null,
    extra jsonb not null, -- the rest of the order, without addresses and what opens it to a stranger
    purchase_ts timestamptz, -- the key of its row in data.purchase; null: it has none
    purchase_id uuid,
    purchase_digest bytea, -- of that row: what need not be written again
    -- Of the settings that it was read by (8 bytes), and of all that the shop told: what is told again need not be read
    -- again. Null: something of it is still to be asked for, or it is deleted.
    told_digest bytea,
    asked_alone_at timestamptz, -- when the shop was asked for it alone, as none of its lists held it; null: one does
    primary key (tenant_id, source_id, order_id)
);

-- A purchase that the shop's tag tells of finds its order.
create index shop_order_transaction on data.shop_order (tenant_id, transaction_id);
-- Whose orders they are, once somebody is known to have their address.
create index shop_order_email on data.shop_order (tenant_id, email_hash) where email_hash is not null;
-- The orders of some days, to see which of them the shop has no more.
create index shop_order_created on data.shop_order (tenant_id, source_id, created_at);
-- What is tried again at night.
create index shop_order_unfinished on data.shop_order (tenant_id, source_id, order_id)
where told_digest is null and status <> 'deleted';

alter table data.shop_order enable row level security;
alter table data.shop_order force row level security;
create policy tenant on data.shop_order
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table data.shop_order add foreign key (tenant_id, source_id)
    references data.source (tenant_id, source_id) on delete cascade;

-- What was given back for an order. An order that was refunded stays a purchase.
create table data.shop_refund (
    tenant_id uuid not null,
    source_id uuid not null,
    order_id text not null,
    refund_id text not null,
    amount numeric not null, -- in the order's currency, positive
    reason text,
    created_at timestamptz not null,
    lines jsonb not null,
    extra jsonb not null, -- what the shop says besides and nobody here knows
    primary key (tenant_id, source_id, order_id, refund_id)
);

alter table data.shop_refund enable row level security;
alter table data.shop_refund force row level security;
create policy tenant on data.shop_refund
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table data.shop_refund add foreign key (tenant_id, source_id, order_id)
    references data.shop_order (tenant_id, source_id, order_id) on delete cascade;

-- What a shop's webhooks have pointed at, and what its lists broke at. One row a thing: a thousand deliveries about one
-- order are one look at it.
create table data.webhook_delivery (
    tenant_id uuid not null,
    source_id uuid not null,
    resource text not null, -- 'order', 'customer', 'product'
    resource_id text not null,
    topic text not null, -- of the last delivery: 'order.updated', …; 'list': there was none
    deliveries bigint not null, -- how many came
    looked_at_delivery bigint not null default 0, -- how many of them had come when the shop was last asked about it
    first_at timestamptz not null default now(),
    last_at timestamptz not null default now(),
    -- When it had been pointed at, whose day is flagged: the shop had an error of its own when asked. Asked again at night.
    unanswered_at timestamptz,
    primary key (tenant_id, source_id, resource, resource_id)
);

create index webhook_delivery_waiting on data.webhook_delivery (tenant_id, source_id)
where looked_at_delivery < deliveries;
-- What is tried again at night.
create index webhook_delivery_unanswered on data.webhook_delivery (tenant_id, source_id)
where unanswered_at is not null;

alter table data.webhook_delivery enable row level security;
alter table data.webhook_delivery force row level security;
create policy tenant on data.webhook_delivery
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table data.webhook_delivery add foreign key (tenant_id, source_id)
    references data.source (tenant_id, source_id) on delete cascade;

-- People who asked, as the company's own records have them. Where a file gives no time of day, created_at is null and
-- created_day is what the file says; else the day is that of created_at in the tenant's zone (definitions.md).
create table data.lead (
    tenant_id uuid not null,
    lead_id text not null,
    created_day date not null,
    created_at timestamptz,
    name text,
    email text,
    phone text,
    utm_source text,
    utm_medium text,
    utm_campaign text,
    utm_id text,
    utm_term text,
    utm_content text,
    gclid text,
    gbraid text,
    wbraid text,
    fbclid text,
    fbc text,
    referrer text,
    product_id text,
    product_name text,
    location_id text,
    is_paid boolean, -- null: by the click ids and the medium
    platform text, -- an override; null: by the click ids, the source and the referrer
    attributes jsonb not null default '{}', -- columns of the file that have no place of their own
    updated_at timestamptz not null default now(),
    primary key (tenant_id, lead_id)
);

alter table data.lead enable row level security;
alter table data.lead force row level security;
create policy tenant on data.lead
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- What leads became. A cancelled contract stays, with its status; a lead that is not known here may come later.
-- signed_at is null where the file gives no time of day, as in data.lead.
create table data.contract (
    tenant_id uuid not null,
    contract_id text not null,
    lead_id text not null,
    signed_day date not null,
    signed_at timestamptz,
    amount numeric not null,
    currency text, -- null: the tenant's
    status text not null default 'signed' check (status in ('signed', 'cancelled')),
    attributes jsonb not null default '{}', -- columns of the file that have no place of their own
    updated_at timestamptz not null default now(),
    primary key (tenant_id, contract_id)
);

create index contract_lead on data.contract (tenant_id, lead_id);

alter table data.contract enable row level security;
alter table data.contract force row level security;
create policy tenant on data.contract
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- What the company sells.
create table data.product (
    tenant_id uuid not null,
    product_id text not null,
    product_name text not null,
    category text,
    price numeric, -- in the tenant's currency
    attributes jsonb not null default '{}', -- columns of the file that have no place of their own
    updated_at timestamptz not null default now(),
    primary key (tenant_id, product_id)
);

alter table data.product enable row level security;
alter table data.product force row level security;
create policy tenant on data.product
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
