-- By which words campaigns are meant: 'id' by leads (utm_id; its own, its ad sets' and its ads'), 'name' by leads
-- (utm_campaign; what it is and was called), 'key' by rows of ads ('account/id', as they were told).
create table analytics.campaign_word (
    tenant_id uuid not null,
    word_id uuid not null, -- of the next three columns: a word may be too long for an index
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
