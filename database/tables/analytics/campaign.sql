-- Campaigns, each once: those with reported ads and those that somebody made by hand, whichever ids and names they were
-- reported by (decision 0034). Rebuilt from data.campaign and analytics.campaign_month.
create table analytics.campaign (
    tenant_id uuid not null,
    platform text not null,
    campaign_ref text not null, -- 'account/id' in lower case; of one made by hand '/name'
    account_id text not null, -- '': not known
    external_id text, -- the platform's own id; null: made by hand
    name text not null, -- its present name
    primary key (tenant_id, platform, campaign_ref)
);

alter table analytics.campaign enable row level security;
alter table analytics.campaign force row level security;
create policy tenant on analytics.campaign
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
