-- What changed and is not in the summaries yet. A row names one of these:
-- - a device's or user's time span (min_ts to max_ts);
-- - a user whose home location may have changed (home_user_id);
-- - days on which the rates of some currencies may have changed (rate_days, rate_currencies);
-- - days whose leads or ads changed (lead_days, ad_days), or leads whose contracts did (lead_ids);
-- - the tenant's campaigns (campaigns);
-- - days of data.channel_day that changed (channel_days);
-- - transactions whose refunds changed (transaction_ids);
-- - that the ledger must be rebuilt (is_ledger);
-- - days that are added up again though no row of theirs is said to have changed (event_days);
-- - reports that began or ceased to count, or whose tasks changed (delivery_ids);
-- - tasks that were worked or are no longer reported (task_keys);
-- - a batch without such rows (all null).
create table analytics.dirty_key (
    tenant_id uuid not null,
    key_id bigint generated always as identity,
    batch_id uuid,
    user_pseudo_id text,
    user_id text,
    min_ts timestamptz,
    max_ts timestamptz,
    home_user_id text,
    rate_days date[],
    rate_currencies text[],
    lead_days date[],
    lead_ids text[],
    ad_days date[],
    campaigns boolean,
    channel_days date[],
    is_rebuild boolean not null default false, -- no row of these days changed: they are rebuilt
    transaction_ids text[],
    is_ledger boolean,
    event_days date[],
    delivery_ids uuid[],
    task_keys text[],
    primary key (tenant_id, key_id)
);

alter table analytics.dirty_key enable row level security;
alter table analytics.dirty_key force row level security;
create policy tenant on analytics.dirty_key
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
