-- One row per tenant, locked shared by transactions that record events and exclusively by a change of the rule, so that
-- no row resolved by the old rule is committed after the change has updated the stored rows.
create table data.location_rule (
    tenant_id uuid not null,
    primary key (tenant_id)
);

alter table data.location_rule enable row level security;
alter table data.location_rule force row level security;
create policy tenant on data.location_rule
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
