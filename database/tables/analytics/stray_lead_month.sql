-- Leads of whole months without a campaign, by the origin that they name: the UTM audit of long ranges reads from here.
create table analytics.stray_lead_month (
    tenant_id uuid not null,
    month date not null, -- its first day
    kind_id uuid not null, -- identifies the columns down to utm_id
    platform text not null,
    utm_source text not null, -- this and the next two in lower case; '': absent
    utm_campaign text not null,
    utm_id text not null,
    leads bigint not null,
    contracts bigint not null,
    revenue numeric not null,
    primary key (tenant_id, month, kind_id)
);

alter table analytics.stray_lead_month enable row level security;
alter table analytics.stray_lead_month force row level security;
create policy tenant on analytics.stray_lead_month
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
