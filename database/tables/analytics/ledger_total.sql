-- What the ledger's lines of a day and platform add up to (analytics.ledger_of). The part of the gaps without another
-- cause is stored as what platforms claim beyond the books (over) and short of them (under), because whether a vendor
-- withheld rows of the day is looked up when it is asked.
create table analytics.ledger_total (
    tenant_id uuid not null,
    day date not null,
    platform text not null,
    lines bigint not null,
    spend numeric not null,
    claimed_conversions numeric not null,
    claimed_revenue numeric not null,
    leads bigint not null,
    contracts bigint not null,
    revenue numeric not null,
    orders bigint not null,
    order_revenue numeric not null,
    refunds numeric not null,
    refund_gap numeric not null,
    window_gap numeric not null,
    time_zone_gap numeric not null,
    duplicate_gap numeric not null,
    untracked_gap numeric not null,
    currency_gap numeric not null,
    over_gap numeric not null,
    under_gap numeric not null,
    primary key (tenant_id, day, platform)
);

alter table analytics.ledger_total enable row level security;
alter table analytics.ledger_total force row level security;
create policy tenant on analytics.ledger_total
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
