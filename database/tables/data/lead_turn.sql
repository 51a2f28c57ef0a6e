-- Whose turn it is to write a tenant's leads and contracts. A writer locks the row until its commit
-- (data.take_lead_turn), so that a lead's previous day is the one from before this write. Nobody takes it together with
-- data.ad_turn.
create table data.lead_turn (
    tenant_id uuid not null primary key
);

alter table data.lead_turn enable row level security;
alter table data.lead_turn force row level security;
create policy tenant on data.lead_turn
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
