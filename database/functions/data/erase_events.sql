-- Removes up to p_limit events of one table that belong to an erasure's user: those that name them, or nobody on a
-- device that nobody else was seen on. Returns what was removed, as data.remove_events does.
create or replace function data.erase_events(p_tenant_id uuid, p_erasure_id uuid, p_table text, p_limit integer)
returns table (
    event_table text, user_pseudo_id text, user_id text, event_count bigint, first_ts timestamptz, last_ts timestamptz
)
language plpgsql
as $$
declare
    v_erasure data.erasure;
begin
    select * into strict v_erasure
    from data.erasure e where e.tenant_id = p_tenant_id and e.erasure_id = p_erasure_id;
    return query execute format(
        $q$
        with theirs as (
            select e.event_ts, e.event_id
            from data.%1$I e
            where
                e.tenant_id = $1 and e.user_pseudo_id = any($3)
                and (e.user_id = $2 or (e.user_id is null and e.user_pseudo_id = any($4)))
            union all
            select e.event_ts, e.event_id
            from data.%1$I e
            where e.tenant_id = $1 and e.user_pseudo_id is null and e.user_id = $2
            limit $5
        ),
        removed as (
            delete from data.%1$I e
            using theirs t
            where e.tenant_id = $1 and e.event_ts = t.event_ts and e.event_id = t.event_id
            returning e.user_pseudo_id, e.user_id, e.event_ts
        )
        select %1$L::text, r.user_pseudo_id, r.user_id, count(*), min(r.event_ts), max(r.event_ts)
        from removed r group by r.user_pseudo_id, r.user_id
        $q$,
        p_table
    )
    using p_tenant_id, v_erasure.user_id, v_erasure.devices, v_erasure.own_devices, p_limit;
end
$$;
