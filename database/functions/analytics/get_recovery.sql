-- Closed loop: which follow-ups of the days p_from to p_to were followed by a purchase, and what it was worth
-- (analytics.recount_follow_ups defines them). unconverted ({currency: amount}): what has no rate, and is in no sum.
--
-- One row a group: grouped_by is total (always one row), branch (location_id null: worked, and without a branch), rep,
-- reason (kind) or day. Only groups that have tasks. p_location_ids: only tasks of these branches (null: all).
--
-- Runs as the owner, who is under the tenants' policies but not under the branches': the names of reps are the email
-- service's. A caller who is limited to branches sees only their own. Raises no_data_found for an unknown tenant.
create or replace function analytics.get_recovery(
    p_tenant_id uuid, p_from date, p_to date, p_location_ids text[] default null
)
returns table (
    grouped_by text, location_id text, location_name text, rep text, rep_name text, kind text, day date,
    tasks bigint, recovered bigint, revenue numeric, unconverted_rows bigint, unconverted jsonb,
    unconverted_days date[]
)
language plpgsql stable
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
    v_branches text[] := analytics.branches_asked(p_location_ids);
begin
    perform a.time_zone from auth.tenant a where a.tenant_id = p_tenant_id;
    if not found then
        raise no_data_found;
    end if;
    return query
    -- Not materialized: it is read a second time only if there is money without a rate.
    with cell as not materialized (
        select nullif(t.location_id, '') as location_id, t.rep, t.kind, t.day, t.tasks, t.recovered, t.revenue, t.unconverted
        from analytics.follow_up_total t
        where t.tenant_id = p_tenant_id and t.day between p_from and p_to
            and (v_branches is null or nullif(t.location_id, '') = any(v_branches))
    ),
    -- One pass over the cells serves all groupings.
    part as materialized (
        select grouping(c.day) as of_day, c.location_id, c.rep, c.kind, c.day, sum(c.tasks) as tasks,
            sum(c.recovered) as recovered, sum(c.revenue) as revenue, sum(jsonb_array_length(c.unconverted)) as foreign_rows
        from cell c group by grouping sets ((c.location_id, c.rep, c.kind), (c.day))
    ),
    grouped as (
        select grouping(p.location_id, p.rep, p.kind) as left_out, p.location_id, p.rep, p.kind, null::date as day,
            coalesce(sum(p.tasks), 0)::bigint as tasks, coalesce(sum(p.recovered), 0)::bigint as recovered,
            coalesce(sum(p.revenue), 0) as revenue, coalesce(sum(p.foreign_rows), 0)::bigint as foreign_rows
        from part p
        where p.of_day = 1
        group by grouping sets ((), (p.location_id), (p.rep), (p.kind))
        union all
        select 0, null, null, null, p.day, p.tasks::bigint, p.recovered::bigint, p.revenue,
            coalesce(p.foreign_rows, 0)::bigint
        from part p
        where p.of_day = 0
    )
    select case g.left_out when 7 then 'total' when 3 then 'branch' when 5 then 'rep' when 6 then 'reason' else 'day' end,
        g.location_id, coalesce(l.location_name, g.location_id), g.rep, n.sales_rep_name, g.kind, g.day,
        g.tasks, g.recovered, g.revenue, g.foreign_rows,
        case when g.left_out = 7 and g.foreign_rows > 0 then (
            select jsonb_object_agg(a.currency, a.amount) from (
                select x.one ->> 'currency' as currency, round(sum((x.one ->> 'amount')::numeric), 2) as amount
                from cell c cross join lateral jsonb_array_elements(c.unconverted) as x (one)
                where c.unconverted is not null
                group by 1
            ) a
        ) end,
        case when g.left_out = 7 and g.foreign_rows > 0 then array(
            select distinct (x.one ->> 'day')::date
            from cell c cross join lateral jsonb_array_elements(c.unconverted) as x (one)
            where c.unconverted is not null
            order by 1
        ) when g.left_out = 7 then '{}' end
    from grouped g
    left join data.locations l on l.tenant_id = p_tenant_id and l.location_id = g.location_id
    left join lateral (
        select m.sales_rep_name from email.branch_rep m
        where m.tenant_id = p_tenant_id and lower(m.sales_rep_email) = g.rep and m.sales_rep_name <> ''
        order by m.updated_at desc, m.mapping_id limit 1
    ) n on true
    order by 1, g.revenue desc, 9 desc, 8 desc, g.day, g.location_id, g.rep, g.kind;
end
$$;
revoke all on function analytics.get_recovery(uuid, date, date, text[]) from public;
