-- Raw rows -----------------------------------------------------------------------------------------------------------

-- The leads of a day are reckoned together.
create index lead_day on data.lead (tenant_id, created_day);

-- Rates --------------------------------------------------------------------------------------------------------------

-- What one unit of a currency was worth on a day, in units of base. Rates of another base than the tenant's currency of
-- today count for nothing: after a change of currency no sum is made with those of the former one.
-- filled_from: the earlier day whose rate was carried forward to this one, as its import was told to; null: the day's own.
create table data.fx_rate (
    tenant_id uuid not null,
    base text not null check (base ~ '^[A-Z]{3}$'),
    currency text not null check (currency ~ '^[A-Z]{3}$' and currency <> base),
    day date not null,
    rate numeric not null check (rate > 0 and rate < 1e15), -- (NaN is greater than any number)
    filled_from date check (filled_from < day),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, base, currency, day)
);

alter table data.fx_rate enable row level security;
alter table data.fx_rate force row level security;
create policy tenant on data.fx_rate
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table analytics.dirty_key add column rate_days date[], add column rate_currencies text[];

-- What was or could not be converted, and what other rates have computed anew.
alter table analytics.sale add column rate numeric;
create index sale_foreign on analytics.sale (tenant_id, day) where (rate is not null or value is null);
alter table analytics.open_cart add column rates jsonb;
create index open_cart_foreign on analytics.open_cart (tenant_id, day)
    where (rates is not null or foreign_amounts is not null);

-- Channels of sessions -----------------------------------------------------------------------------------------------

-- Marketing facts ----------------------------------------------------------------------------------------------------

-- Recovery -----------------------------------------------------------------------------------------------------------

-- Search -------------------------------------------------------------------------------------------------------------

-- Erasure ------------------------------------------------------------------------------------------------------------

