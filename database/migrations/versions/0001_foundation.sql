-- Events that a consumer could not handle, with why; kept until replayed or dropped.
create table {schema}.dead_letter (
    tenant_id uuid not null,
    dead_letter_id uuid not null default gen_random_uuid(),
    consumer text not null,
    event_id uuid not null,
    event_type text not null,
    -- the event's envelope, so that a replay hands on the same event
    occurred_at timestamptz not null default now(),
    request_id text not null default '',
    trace_id text not null default '',
    payload jsonb not null,
    cause text not null,
    deliveries int not null, -- how often it was tried, by replays too
    first_failed_at timestamptz not null default now(),
    failed_at timestamptz not null default now(),
    primary key (tenant_id, dead_letter_id),
    unique (tenant_id, consumer, event_id)
);

create index dead_letter_first_failed on {schema}.dead_letter (tenant_id, first_failed_at);

alter table {schema}.dead_letter enable row level security;
alter table {schema}.dead_letter force row level security;
create policy tenant on {schema}.dead_letter
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- First answers to requests that carry an Idempotency-Key, for 24 hours.
create table {schema}.idempotency_key (
    tenant_id uuid not null,
    account_id uuid not null,
    key text not null,
    request_hash bytea not null,
    -- null while the first request runs
    status int,
    media_type text,
    body bytea, -- sealed: it opens with the same request only (common/http/idempotency.py)
    created_at timestamptz not null default now(),
    primary key (tenant_id, account_id, key)
);

create index idempotency_key_created on {schema}.idempotency_key (created_at);

alter table {schema}.idempotency_key enable row level security;
alter table {schema}.idempotency_key force row level security;
create policy tenant on {schema}.idempotency_key
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Events whose effect has been committed, so that a second delivery changes nothing.
create table {schema}.inbox (
    tenant_id uuid not null,
    consumer text not null,
    event_id uuid not null,
    handled_at timestamptz not null default now(),
    primary key (tenant_id, consumer, event_id)
);

create index inbox_handled on {schema}.inbox (handled_at);

alter table {schema}.inbox enable row level security;
alter table {schema}.inbox force row level security;
create policy tenant on {schema}.inbox
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Long work that somebody asked for and can follow; PgQueuer's own table says when it runs.
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
    resumes_at timestamptz, -- until when it waits, holding no slot
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

-- What a tenant has at work or waiting, among thousands of jobs that ended (common/jobs/turns.py repeats the condition).
create index job_unfinished on {schema}.job (tenant_id, queue_id) where status in ('queued', 'running') and not awaiting;
create index job_newest on {schema}.job (tenant_id, created_at desc, job_id);

alter table {schema}.job enable row level security;
alter table {schema}.job force row level security;
create policy tenant on {schema}.job
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Events that committed with the change they tell of; the relay publishes them.
create table {schema}.outbox (
    tenant_id uuid not null,
    event_id uuid not null default gen_random_uuid(),
    event_type text not null,
    payload jsonb not null,
    request_id text not null default '',
    trace_id text not null default '',
    occurred_at timestamptz not null default now(),
    published_at timestamptz,
    -- why the bus will never take it; such an event waits for an operator and holds up nobody else's
    refused text,
    primary key (tenant_id, event_id)
);

-- What waits is few; what was published is many and read only when the bus was lost.
create index outbox_waiting on {schema}.outbox (occurred_at) where published_at is null and refused is null;
create index outbox_published on {schema}.outbox (published_at) where published_at is not null;

alter table {schema}.outbox enable row level security;
alter table {schema}.outbox force row level security;
create policy tenant on {schema}.outbox
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- PgQueuer's own tables, as its builder writes them (1.6.0, durable); a test says when a new version differs.
-- They hold only whose job is next, so they carry no tenant.
CREATE TYPE {schema}.pgqueuer_status AS ENUM ('queued', 'picked', 'successful', 'exception', 'canceled', 'deleted', 'failed');

CREATE TABLE {schema}.pgqueuer (
    id bigserial NOT NULL PRIMARY KEY,
    priority integer NOT NULL,
    queue_manager_id uuid,
    created timestamp with time zone NOT NULL DEFAULT now(),
    updated timestamp with time zone NOT NULL DEFAULT now(),
    heartbeat timestamp with time zone NOT NULL DEFAULT now(),
    execute_after timestamp with time zone NOT NULL DEFAULT now(),
    status {schema}.pgqueuer_status NOT NULL,
    entrypoint text NOT NULL,
    dedupe_key text,
    payload bytea,
    headers jsonb,
    attempts integer NOT NULL DEFAULT 0,
    slot bigint
);

CREATE TABLE {schema}.pgqueuer_log (
    id bigint GENERATED BY DEFAULT AS IDENTITY NOT NULL PRIMARY KEY,
    created timestamp with time zone NOT NULL DEFAULT now(),
    job_id bigint NOT NULL,
    status {schema}.pgqueuer_status NOT NULL,
    priority integer NOT NULL,
    entrypoint text NOT NULL,
    traceback jsonb,
    aggregated boolean DEFAULT false
);

CREATE TABLE {schema}.pgqueuer_schedules (
    id bigserial NOT NULL PRIMARY KEY,
    expression text NOT NULL,
    entrypoint text NOT NULL,
    heartbeat timestamp with time zone NOT NULL DEFAULT now(),
    created timestamp with time zone NOT NULL DEFAULT now(),
    updated timestamp with time zone NOT NULL DEFAULT now(),
    next_run timestamp with time zone NOT NULL DEFAULT now(),
    last_run timestamp with time zone,
    status {schema}.pgqueuer_status DEFAULT 'queued'::{schema}.pgqueuer_status,
    UNIQUE (expression, entrypoint)
);

CREATE TABLE {schema}.pgqueuer_statistics (
    id bigserial NOT NULL PRIMARY KEY,
    created timestamp with time zone NOT NULL DEFAULT date_trunc('sec'::text, now()),
    count bigint NOT NULL,
    priority integer NOT NULL,
    status {schema}.pgqueuer_status NOT NULL,
    entrypoint text NOT NULL
);

CREATE INDEX pgqueuer_ep_ea_idx ON {schema}.pgqueuer USING btree (entrypoint, execute_after) WHERE (status = 'queued'::{schema}.pgqueuer_status);

CREATE INDEX pgqueuer_ep_prio_id_idx ON {schema}.pgqueuer USING btree (entrypoint, priority DESC, id) WHERE (status = 'queued'::{schema}.pgqueuer_status);

CREATE INDEX pgqueuer_log_created ON {schema}.pgqueuer_log USING btree (created);

CREATE INDEX pgqueuer_log_job_id_status ON {schema}.pgqueuer_log USING btree (job_id, created DESC);

CREATE INDEX pgqueuer_log_not_aggregated ON {schema}.pgqueuer_log USING btree ((1)) WHERE (NOT aggregated);

CREATE INDEX pgqueuer_log_status ON {schema}.pgqueuer_log USING btree (status);

CREATE INDEX pgqueuer_picked_heartbeat_idx ON {schema}.pgqueuer USING btree (heartbeat) WHERE (status = 'picked'::{schema}.pgqueuer_status);

CREATE UNIQUE INDEX pgqueuer_picked_slot_idx ON {schema}.pgqueuer USING btree (entrypoint, slot) WHERE ((status = 'picked'::{schema}.pgqueuer_status) AND (slot IS NOT NULL));

CREATE INDEX pgqueuer_priority_id_id1_idx ON {schema}.pgqueuer USING btree (priority, id DESC) INCLUDE (id) WHERE (status = 'queued'::{schema}.pgqueuer_status);

CREATE INDEX pgqueuer_queue_manager_id_idx ON {schema}.pgqueuer USING btree (queue_manager_id) WHERE (queue_manager_id IS NOT NULL);

CREATE UNIQUE INDEX pgqueuer_statistics_unique_count ON {schema}.pgqueuer_statistics USING btree (priority, date_trunc('sec'::text, timezone('UTC'::text, created)), status, entrypoint);

CREATE UNIQUE INDEX pgqueuer_unique_dedupe_key ON {schema}.pgqueuer USING btree (dedupe_key) WHERE ((status = ANY (ARRAY['queued'::{schema}.pgqueuer_status, 'picked'::{schema}.pgqueuer_status])) AND (dedupe_key IS NOT NULL));

CREATE INDEX pgqueuer_updated_id_id1_idx ON {schema}.pgqueuer USING btree (updated, id DESC) INCLUDE (id) WHERE (status = 'picked'::{schema}.pgqueuer_status);

CREATE FUNCTION {schema}.fn_pgqueuer_changed() RETURNS TRIGGER AS $$
DECLARE
    to_emit BOOLEAN := false;  -- Flag to decide whether to emit a notification
BEGIN
    -- Check operation type and set the emit flag accordingly
    IF TG_OP = 'UPDATE' AND OLD IS DISTINCT FROM NEW THEN
        to_emit := true;
    ELSIF TG_OP = 'DELETE' THEN
        to_emit := true;
    ELSIF TG_OP = 'INSERT' THEN
        to_emit := true;
    ELSIF TG_OP = 'TRUNCATE' THEN
        to_emit := true;
    END IF;

    -- Perform notification if the emit flag is set
    IF to_emit THEN
        PERFORM pg_notify(
            'pgq_{schema}',
            json_build_object(
                'channel', 'pgq_{schema}',
                'operation', lower(TG_OP),
                'sent_at', NOW(),
                'table', TG_TABLE_NAME,
                'type', 'table_changed_event'
            )::text
        );
    END IF;

    -- Return appropriate value based on the operation
    IF TG_OP IN ('INSERT', 'UPDATE') THEN
        RETURN NEW;
    ELSIF TG_OP = 'DELETE' THEN
        RETURN OLD;
    ELSE
        RETURN NULL; -- For TRUNCATE and other non-row-specific contexts
    END IF;

END;
$$ LANGUAGE plpgsql;

CREATE TRIGGER tg_pgqueuer_changed
AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {schema}.pgqueuer
EXECUTE FUNCTION {schema}.fn_pgqueuer_changed();
