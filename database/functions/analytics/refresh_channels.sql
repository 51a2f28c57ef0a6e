-- Assigns the stored sessions to channels by the present rules, from what was stored when they were read: no event is
-- read again. Records the days whose traffic changes, including those of the sessions' sales.
create or replace function analytics.refresh_channels(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
begin
    with channel as materialized (
        select c.told, analytics.channel_of(c.told[1], c.told[2], c.told[3]) as channel
        from (
            select distinct array[s.source, s.medium, s.campaign] as told
            from analytics.session s where s.tenant_id = p_tenant_id
        ) c
    ),
    moved as (
        update analytics.session s
        set channel = c.channel
        from channel c
        where s.tenant_id = p_tenant_id and array[s.source, s.medium, s.campaign] = c.told and s.channel <> c.channel
        returning s.user_pseudo_id, s.session_id, s.day
    )
    insert into pg_temp.changed_traffic
    select m.day from moved m
    union
    select x.day
    from moved m
    inner join analytics.sale x
        on x.tenant_id = p_tenant_id and x.user_pseudo_id = m.user_pseudo_id and x.session_id = m.session_id;
end
$$;
