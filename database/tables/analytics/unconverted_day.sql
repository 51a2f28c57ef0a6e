-- Money of a day's contracts and ads in currencies that have no rate on their day: no sum includes it.
create table analytics.unconverted_day (
    tenant_id uuid not null,
    day date not null,
    platform text not null,
    side text not null check (side in ('contracts', 'ads')),
    currency text not null,
    rows bigint not null,
    amount numeric not null,
    primary key (tenant_id, day, platform, side, currency)
);

alter table analytics.unconverted_day enable row level security;
alter table analytics.unconverted_day force row level security;
create policy tenant on analytics.unconverted_day
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
