-- Devices on which exactly one user was ever seen: that user owns their anonymous rows.
create table analytics.device_user (
    tenant_id uuid not null,
    user_pseudo_id text not null,
    user_id text not null,
    primary key (tenant_id, user_pseudo_id)
);

alter table analytics.device_user enable row level security;
alter table analytics.device_user force row level security;
create policy tenant on analytics.device_user
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
