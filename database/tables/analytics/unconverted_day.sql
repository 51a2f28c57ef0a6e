-- Money of a day's contracts and ads in currencies that have no rate: no sum includes it. The day is that of the lead,
-- or of the ads, under which it would be counted; rate_day is the one that lacks the rate: for a contract, that of its
-- signing.
create table analytics.unconverted_day (
    tenant_id uuid not null,
    day date not null,
    platform text not null,
    side text not null check (side in ('contracts', 'ads')),
    currency text not null,
    rows bigint not null,
    amount numeric not null,
    rate_day date not null,
    primary key (tenant_id, day, platform, side, currency, rate_day)
);

alter table analytics.unconverted_day enable row level security;
alter table analytics.unconverted_day force row level security;
create policy tenant on analytics.unconverted_day
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
