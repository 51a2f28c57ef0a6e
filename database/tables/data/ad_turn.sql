-- Whose turn it is to write a tenant's ads. A writer locks the row until its commit (data.take_ad_turn), so that a file
-- and a source that report the same campaign in different words see each other, and there are no deadlocks.
create table data.ad_turn (
    tenant_id uuid not null primary key
);

alter table data.ad_turn enable row level security;
alter table data.ad_turn force row level security;
create policy tenant on data.ad_turn
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
