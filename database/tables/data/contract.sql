-- What leads became. A cancelled contract stays, with its status. A contract may come before its lead.
-- signed_at is null if the file gives no time of day, as in data.lead.
create table data.contract (
    tenant_id uuid not null,
    contract_id text not null,
    lead_id text not null,
    signed_day date not null,
    signed_at timestamptz,
    amount numeric not null,
    currency text, -- null: the tenant's
    status text not null default 'signed' check (status in ('signed', 'cancelled')),
    attributes jsonb not null default '{}', -- columns of the file that have no place of their own
    updated_at timestamptz not null default now(),
    primary key (tenant_id, contract_id)
);

create index contract_lead on data.contract (tenant_id, lead_id);
-- The latest ones, which say how long leads take.
create index contract_signed on data.contract (tenant_id, signed_day desc, contract_id) where status = 'signed';

alter table data.contract enable row level security;
alter table data.contract force row level security;
create policy tenant on data.contract
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
