-- What one unit of a currency was worth on a day, in units of base. Only rates whose base is the tenant's present
-- currency count: after a change of currency no sum is made with the former rates.
-- filled_from: the earlier day whose rate was carried forward to this one, as requested with its import; null: the
-- day's own.
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
