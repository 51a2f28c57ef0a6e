-- A lead with the attributes that marketing distinguishes leads by, and what it brought. In every marketing figure, a
-- day is the one on which the leads were created (the cohort).
create table analytics.fact_leads (
    tenant_id uuid not null,
    day date not null,
    lead_id text not null,
    hour timestamptz, -- the start of its hour by the tenant's clock; null: its time of day is not known
    platform text not null,
    channel text not null,
    utm_source text not null, -- this and the next two in lower case; '': absent
    utm_campaign text not null,
    utm_id text not null,
    is_paid boolean not null,
    campaign_ref text not null, -- analytics.campaign, of the platform; '': no campaign
    product_id text,
    product_name text,
    location_id text,
    contracts integer not null, -- signed ones
    revenue numeric not null, -- of signed contracts: exact, of what has a rate
    primary key (tenant_id, day, lead_id)
);

alter table analytics.fact_leads enable row level security;
alter table analytics.fact_leads force row level security;
-- (A sub-select is evaluated once a statement: one writes tens of thousands of these rows.)
create policy tenant on analytics.fact_leads
    using (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid))
    with check (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid));
