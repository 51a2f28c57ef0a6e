-- The state of each finder at a tenant: since when it has had something to judge (before, nothing could have been
-- shown), and which job had it look last, so that a repeated job does not ask it again.
create table insights.look (
    tenant_id uuid not null,
    finder text not null,
    since timestamptz,
    job_id uuid,
    primary key (tenant_id, finder)
);

alter table insights.look enable row level security;
alter table insights.look force row level security;
create policy tenant on insights.look
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
