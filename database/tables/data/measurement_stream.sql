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
