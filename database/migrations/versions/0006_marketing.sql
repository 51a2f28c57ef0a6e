-- Raw rows -----------------------------------------------------------------------------------------------------------

-- The leads of a day are reckoned together.
create index lead_day on data.lead (tenant_id, created_day);

-- Rates --------------------------------------------------------------------------------------------------------------

-- Channels of sessions -----------------------------------------------------------------------------------------------

-- Marketing facts ----------------------------------------------------------------------------------------------------

-- Recovery -----------------------------------------------------------------------------------------------------------

-- What a report told, and whom it held out.
alter table email.delivery add column hold_out_pct smallint not null default 0;

alter table email.report_task
    add column user_pseudo_id text,
    add column user_id text,
    add column is_held_out boolean not null default false,
    add column is_first boolean not null default true,
    add check (is_held_out = (customer_no = 0));
create index report_task_follow_up on email.report_task (tenant_id, delivery_id)
    include (kind, task_key, is_held_out, user_key, user_pseudo_id, user_id, last_activity_at)
    where kind <> 'purchases' and is_first;
alter table email.report_task set (autovacuum_vacuum_insert_scale_factor = 0.02);

create table email.report_setting (
    tenant_id uuid not null primary key,
    hold_out_pct smallint not null default 0 check (hold_out_pct between 0 and 50),
    updated_by uuid,
    updated_at timestamptz not null default now()
);

alter table email.report_setting enable row level security;
alter table email.report_setting force row level security;
create policy tenant on email.report_setting
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- When a task was first worked, and whose it was then.
alter table analytics.task_status
    add column first_worked_at timestamptz,
    add column first_worked_by text,
    add column location_id text,
    add column user_pseudo_id text,
    add column user_id text,
    add column last_activity_at timestamptz;
create index task_status_first_worked on analytics.task_status (tenant_id, first_worked_at)
    include (kind, task_key, location_id, first_worked_by, user_id, user_pseudo_id, last_activity_at)
    where kind <> 'purchases';

-- What was worked and told so far is filled in as far as it is still known. (The owner stands behind the fence, too.)
alter table analytics.task_status no force row level security;
alter table analytics.open_cart no force row level security;
alter table analytics.session_search no force row level security;
alter table analytics.session no force row level security;
alter table email.report_task no force row level security;
alter table email.delivery no force row level security;
with origin as (
    select c.tenant_id, 'cart-abandonment' as kind, c.task_key, c.location_id, c.user_pseudo_id, c.user_id, c.last_ts
    from analytics.open_cart c
    union all
    select s.tenant_id, 'search-analysis', s.task_key, s.location_id, s.user_pseudo_id, s.user_id, s.last_ts
    from analytics.session_search s
    union all
    select v.tenant_id, 'repeat-visits', v.task_key, v.last_location_id, v.user_pseudo_id, v.user_id, v.last_ts
    from analytics.session v
)
update analytics.task_status t
set first_worked_at = t.worked_at, first_worked_by = t.worked_by, location_id = o.location_id,
    user_pseudo_id = o.user_pseudo_id, user_id = o.user_id, last_activity_at = o.last_ts
from origin o
where o.tenant_id = t.tenant_id and o.kind = t.kind and o.task_key = t.task_key and t.status <> 'open';
update email.report_task r
set is_first = false
from email.delivery d
where d.tenant_id = r.tenant_id and d.delivery_id = r.delivery_id and exists (
    select 1 from email.report_task x
    inner join email.delivery e on e.tenant_id = x.tenant_id and e.delivery_id = x.delivery_id
    where x.tenant_id = r.tenant_id and x.kind = r.kind and x.task_key = r.task_key
        and e.status in ('sent', 'written', 'unknown') and e.created_at < d.created_at - interval '24 hours'
);
alter table analytics.task_status force row level security;
alter table analytics.open_cart force row level security;
alter table analytics.session_search force row level security;
alter table analytics.session force row level security;
alter table email.report_task force row level security;
alter table email.delivery force row level security;

-- Search -------------------------------------------------------------------------------------------------------------

-- Erasure ------------------------------------------------------------------------------------------------------------

