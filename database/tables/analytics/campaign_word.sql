-- The words that mean a campaign: 'id' in leads (utm_id; the ids of the campaign, its ad sets and its ads), 'name' in
-- leads (utm_campaign; its present and former names), 'key' in rows of ads ('account/id', as reported).
create table analytics.campaign_word (
    tenant_id uuid not null,
    word_id uuid not null, -- identifies the next three columns: a word may be too long for an index
    platform text not null,
    kind text not null check (kind in ('id', 'name', 'key')),
    word text not null, -- in lower case
    campaign_ref text not null,
    primary key (tenant_id, word_id)
);

alter table analytics.campaign_word enable row level security;
alter table analytics.campaign_word force row level security;
create policy tenant on analytics.campaign_word
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
