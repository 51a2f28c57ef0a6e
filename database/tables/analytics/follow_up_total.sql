-- analytics.follow_up summed by day, branch, rep and kind, of those that count.
create table analytics.follow_up_total (
    tenant_id uuid not null,
    day date not null,
    location_id text not null, -- '': none
    rep text not null,
    kind text not null,
    tasks bigint not null,
    recovered bigint not null,
    revenue numeric not null,
    unconverted jsonb, -- [{currency, amount, day}], a purchase each
    primary key (tenant_id, day, location_id, rep, kind)
);

alter table analytics.follow_up_total enable row level security;
alter table analytics.follow_up_total force row level security;
create policy tenant on analytics.follow_up_total
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
