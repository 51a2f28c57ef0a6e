-- What changed and is not in the summaries yet. A row tells of a device's or user's time span (min_ts to max_ts),
-- of a user whose home location may have changed (home_user_id), of days on which money in some currencies may be worth
-- something else (rate_days, rate_currencies), of days whose leads or ads changed (lead_days, ad_days), of leads whose
-- contracts did (lead_ids), of the tenant's campaigns (campaigns), of days of data.channel_day that are told otherwise
-- (channel_days), of transactions whose refunds are others (transaction_ids), that the ledger is to be made anew (is_ledger), of
-- days that are added up anew though no row of theirs is said to have changed (event_days), of reports that count or tell
-- otherwise (delivery_ids), of tasks that were worked or are told of no longer (task_keys), or of a batch without such rows
-- (all null).
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
    is_rebuild boolean not null default false, -- no row of these days changed: they are made anew
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
