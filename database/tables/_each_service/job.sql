-- Long-running work that somebody asked for and can follow; PgQueuer's own table says when it runs.
create table {schema}.job (
    tenant_id uuid not null,
    job_id uuid not null default gen_random_uuid(),
    kind text not null,
    status text not null default 'queued'
        check (status in ('queued', 'running', 'completed', 'failed', 'cancelled')),
    done bigint not null default 0,
    total bigint,
    counts jsonb not null default '{}',
    params jsonb not null default '{}',
    error text,
    note text not null default '', -- what it waits for
    resumes_at timestamptz, -- until when it waits, without a slot
    eta timestamptz, -- when it is expected to end
    attempt int not null default 0,
    -- workers in a row that went silent at it, and the furthest that one of them had come: one that came further counts
    -- as the first (common/jobs/lives.py)
    deaths int not null default 0,
    died_at bigint not null default 0,
    -- the queue's row that stands for the present attempt: an older one that turns up late runs nothing, and a worker
    -- that began with it writes nothing more
    queue_id bigint,
    -- the work is done and something else will complete the job
    awaiting boolean not null default false,
    cancel_requested_at timestamptz,
    created_by uuid,
    -- of the request that asked for it: its events and emails carry them on
    request_id text not null default '',
    trace_id text not null default '',
    created_at timestamptz not null default now(),
    started_at timestamptz,
    finished_at timestamptz,
    primary key (tenant_id, job_id)
);

-- A tenant's jobs that run or wait, among thousands that ended (common/jobs/turns.py repeats the condition).
create index job_unfinished on {schema}.job (tenant_id, queue_id) where status in ('queued', 'running') and not awaiting;
create index job_newest on {schema}.job (tenant_id, created_at desc, job_id);
-- Of all tenants together: how many failed lately ({schema}.count_failed_jobs).
create index job_failed on {schema}.job (finished_at) where status = 'failed';

alter table {schema}.job enable row level security;
alter table {schema}.job force row level security;
create policy tenant on {schema}.job
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
