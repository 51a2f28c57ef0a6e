-- Erasures of people: what is being erased while the job runs, and afterwards only that it happened (decision 0033). A
-- job of the same id does the work; its counts are the receipt.
create table data.erasure (
    tenant_id uuid not null,
    erasure_id uuid not null, -- the job's
    -- HMAC of the user's id: only with the id and the installation's key can anybody tell that it was this one
    user_hash bytea not null,
    asked_at timestamptz not null default now(),
    -- What they are found by; null once nothing of them is left. devices: all that they were seen on; own_devices: on
    -- which nobody else was.
    user_id text,
    devices text[],
    own_devices text[],
    emails text[], -- in lower case
    phones text[], -- as data.phone_number gives them
    touched jsonb not null default '[]', -- [device, user_id, first_us, last_us] of the events that were removed
    batch_id uuid, -- the other services have been notified; their answers will follow
    -- Which of them have erased what they had, and how many rows.
    told text[] not null default '{}',
    told_counts jsonb not null default '{}',
    primary key (tenant_id, erasure_id)
);

-- One at a time; and whether somebody was erased before.
create unique index erasure_at_work on data.erasure (tenant_id, user_id) where user_id is not null;
create index erasure_user_hash on data.erasure (tenant_id, user_hash, asked_at);

alter table data.erasure enable row level security;
alter table data.erasure force row level security;
create policy tenant on data.erasure
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
