-- The id and secret for `POST /mp/collect`, and the source that its hits belong to. The secret is shown once and stored
-- as a hash.
create table data.measurement_stream (
    tenant_id uuid not null,
    source_id uuid not null,
    measurement_id text not null, -- 'G-' and ten of A–Z and 0–9; public, it is in every page of the website
    -- sha-256 of 24 random bytes as text, which nobody can guess, so no slow hash is needed.
    -- Look-up `measurement_id` shows the one row with the known secret; the caller compares the measurement_id.
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
