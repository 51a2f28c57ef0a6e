-- The plan of a backfill: stored before it begins, processed from the newest days to the oldest, a piece at a time.
create table data.backfill_piece (
    tenant_id uuid not null,
    job_id uuid not null,
    source_id uuid not null,
    first_day date not null, -- both inclusive, of the tenant's zone
    last_day date not null check (last_day >= first_day),
    state text not null default 'waiting' check (state in ('waiting', 'done', 'failed', 'lost')),
    rows bigint not null default 0, -- new ones
    attempts integer not null default 0, -- without an answer from the vendor
    seconds real not null default 0, -- of work, over all the steps that read it
    reason text not null default '', -- why it failed, or is lost for ever
    ended_at timestamptz, -- when it was read, or given up last
    primary key (tenant_id, job_id, source_id, first_day)
);

create index backfill_piece_read on data.backfill_piece (tenant_id, source_id, first_day) where state = 'done';

alter table data.backfill_piece enable row level security;
alter table data.backfill_piece force row level security;
create policy tenant on data.backfill_piece
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table data.backfill_piece add foreign key (tenant_id, job_id)
    references data.job (tenant_id, job_id) on delete cascade;
