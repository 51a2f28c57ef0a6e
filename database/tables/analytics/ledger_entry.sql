-- What a transaction adds to the ledger's lines (decision 0030): to the line of its own day (entry_no 0), and to those
-- of the clicks that its platforms may book it on. Money in the tenant's currency, rounded.
create table analytics.ledger_entry (
    tenant_id uuid not null,
    transaction_id text not null,
    entry_no smallint not null,
    day date not null, -- of a click: by the ad account's clock, if that is known
    platform text not null,
    campaign_ref text not null,
    is_order boolean not null, -- it counts as an order on this line
    gross numeric not null,
    refunds numeric not null,
    moved_in numeric not null, -- clicked here; the books have it on another day, or under no campaign
    moved_out numeric not null, -- the books have it here; clicked on another day
    zone_in numeric not null, -- clicked on the order's day by the company's clock, on this day by the account's
    zone_out numeric not null, -- likewise, on another day by the account's
    shared numeric not null, -- clicked here; the books have it under another campaign
    lacks_rate boolean not null, -- its money, or its refund, has no rate
    lead_day date, -- it is this lead's contract and counts as that, not here
    primary key (tenant_id, transaction_id, entry_no)
);

create index ledger_entry_day on analytics.ledger_entry (tenant_id, day);
create index ledger_entry_lead on analytics.ledger_entry (tenant_id, lead_day) where lead_day is not null;

alter table analytics.ledger_entry enable row level security;
alter table analytics.ledger_entry force row level security;
create policy tenant on analytics.ledger_entry
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
