-- Tenants whose events are or were removed by age. Analytics rebuilds nothing from events before events_from.
create table data.retention (
    tenant_id uuid not null primary key,
    due_at timestamptz, -- when events past their age are looked for next; null: they are kept
    events_from date, -- the first day whose events are kept, the first of a month; null: none were removed
    events_since timestamptz, -- older ones are refused: the start of that day, or of the one that events_from will be
    closed_at timestamptz -- since when that is so: what was recorded before must be in every answer first
);

alter table data.retention enable row level security;
alter table data.retention force row level security;
create policy tenant on data.retention
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
