-- Days on which a user was active, each with the previous one: distinct visitors of any range are counted from them.
create table analytics.user_day (
    tenant_id uuid not null,
    u text not null,
    day date not null,
    prev_day date,
    primary key (tenant_id, u, day)
);

create index user_day_day on analytics.user_day (tenant_id, day) include (prev_day);

alter table analytics.user_day enable row level security;
alter table analytics.user_day force row level security;
create policy tenant on analytics.user_day
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
