-- Tenants whose events leave by age, or did. Analytics makes nothing of events anew that lie before events_from.
create table data.retention (
    tenant_id uuid not null primary key,
    due_at timestamptz, -- when events past their age are looked for next; null: they stay
    events_from date, -- the first day whose events are kept, the first of a month; null: none have left
    events_since timestamptz, -- older ones are taken no more: when that day began, or the one that events_from is to be
    closed_at timestamptz -- since when that is so: what was recorded before is to be in every answer first
);

alter table data.retention enable row level security;
alter table data.retention force row level security;
create policy tenant on data.retention
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
