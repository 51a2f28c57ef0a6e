-- Which devices a user was seen on, to find a user's events by their device index. '' = rows without a device.
create table data.user_device (
    tenant_id uuid not null,
    user_id text not null,
    user_pseudo_id text not null,
    primary key (tenant_id, user_id, user_pseudo_id)
);

alter table data.user_device enable row level security;
alter table data.user_device force row level security;
create policy tenant on data.user_device
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
