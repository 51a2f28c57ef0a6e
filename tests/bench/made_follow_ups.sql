-- What reps were told of in a made company, and what they did: each branch's open carts of the last {told_days} days up to
-- {last}, emailed the morning after; every tenth was worked. Made from the summaries that stand.
insert into email.delivery (
    tenant_id, delivery_id, job_id, report_date, branch_code, branch_name, sales_rep_name, sales_rep_email, is_forced,
    route, status, as_of, created_at
)
select '{tenant}', md5(d.day || '/' || d.branch)::uuid, md5(d.day::text)::uuid, d.day, d.branch, 'Branch ' || d.branch,
    'Rep of ' || d.branch, 'rep-' || d.branch || '@company.example', false, 'file', 'written', d.day + 1,
    d.day + 1 + interval '7 hours'
from (
    select c.day, c.location_id as branch from analytics.open_cart c
    where c.tenant_id = '{tenant}' and c.location_id is not null and c.day > date '{last}' - {told_days}
    group by c.day, c.location_id
) d;
insert into email.report_task (
    tenant_id, delivery_id, task_no, customer_no, kind, task_key, user_key, value, currency, last_activity_at, task,
    user_pseudo_id, user_id
)
select '{tenant}', md5(c.day || '/' || c.location_id)::uuid, row_number() over w, row_number() over w,
    'cart-abandonment', c.task_key, c.u, c.value, 'USD', c.last_ts, '{{}}', c.user_pseudo_id, c.user_id
from analytics.open_cart c
where c.tenant_id = '{tenant}' and c.location_id is not null and c.day > date '{last}' - {told_days}
window w as (partition by c.day, c.location_id order by c.task_key);
insert into analytics.task_status (
    tenant_id, kind, task_key, status, worked_by, worked_at, first_worked_at, first_worked_by, location_id,
    user_pseudo_id, user_id, last_activity_at
)
select '{tenant}', 'cart-abandonment', c.task_key, 'done', 'rep-' || c.location_id || '@company.example', c.day + 2,
    c.day + 2, 'rep-' || c.location_id || '@company.example', c.location_id, c.user_pseudo_id, c.user_id, c.last_ts
from analytics.open_cart c
where c.tenant_id = '{tenant}' and c.location_id is not null and c.day > date '{last}' - {told_days}
    and abs(hashtext(c.task_key)) % 10 = 0;
insert into email.branch_rep (tenant_id, mapping_id, branch_code, branch_name, sales_rep_name, sales_rep_email)
select '{tenant}', gen_random_uuid(), d.branch_code, d.branch_name, d.sales_rep_name, d.sales_rep_email
from (select distinct x.branch_code, x.branch_name, x.sales_rep_name, x.sales_rep_email
      from email.delivery x where x.tenant_id = '{tenant}') d;
