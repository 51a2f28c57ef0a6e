-- Leads of whole months by origin: long ranges are read from months, and from fact_leads at their edges.
create table analytics.fact_leads_month (
    tenant_id uuid not null,
    month date not null, -- its first day
    fact_id uuid not null, -- identifies the columns down to campaign_ref
    platform text not null,
    channel text not null,
    utm_source text not null,
    is_paid boolean not null,
    campaign_ref text not null, -- '': no campaign
    leads bigint not null,
    contracts bigint not null,
    revenue numeric not null,
    primary key (tenant_id, month, fact_id)
);

alter table analytics.fact_leads_month enable row level security;
alter table analytics.fact_leads_month force row level security;
create policy tenant on analytics.fact_leads_month
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
