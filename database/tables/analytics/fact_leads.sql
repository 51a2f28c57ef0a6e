-- How many leads of a day are alike in all that marketing tells leads apart by, and what they brought. Days are those on
-- which leads were created (the cohort), in every marketing figure.
create table analytics.fact_leads (
    tenant_id uuid not null,
    day date not null,
    fact_id uuid not null, -- of the columns down to is_paid: a text may be too long for an index
    platform text not null,
    channel text not null,
    utm_source text not null, -- this and the next two in lower case; '': absent
    utm_campaign text not null,
    utm_id text not null,
    is_paid boolean not null,
    campaign_ref text not null, -- analytics.campaign, of the platform; '': of no campaign
    leads bigint not null,
    contracts bigint not null, -- signed ones
    revenue numeric not null, -- exact, of what has a rate
    primary key (tenant_id, day, fact_id)
);

alter table analytics.fact_leads enable row level security;
alter table analytics.fact_leads force row level security;
create policy tenant on analytics.fact_leads
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
