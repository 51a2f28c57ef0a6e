-- People who asked, as in the company's own records. If a file gives no time of day, created_at is null and created_day
-- is what the file says; otherwise the day is that of created_at in the tenant's zone (definitions.md).
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

-- The leads of a day are processed together.
create index lead_day on data.lead (tenant_id, created_day);

alter table data.lead enable row level security;
alter table data.lead force row level security;
create policy tenant on data.lead
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
