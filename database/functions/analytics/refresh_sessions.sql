-- Computes the dirty sessions again, and links them to their users' other sessions.
create or replace function analytics.refresh_sessions(p_tenant_id uuid, p_time_zone text)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
begin
    with gone as (
        delete from analytics.session s
        using pg_temp.dirty_session x
        where s.tenant_id = p_tenant_id and s.user_pseudo_id = x.device and s.session_id = x.session_id
        returning s.u, s.day
    ),
    users as (
        insert into pg_temp.changed_user select g.u, min(g.day) from gone g group by 1
    )
    insert into pg_temp.changed_day select distinct g.day from gone g;

    perform analytics.refresh_session_facts();
    perform analytics.refresh_session_sources(p_tenant_id);
    with channel as materialized (
        select c.told, analytics.channel_of(c.told[1], c.told[2], c.told[3]) as channel
        from (select distinct s.told from pg_temp.session_source s) c
    )
    insert into pg_temp.new_session (
        user_pseudo_id, session_id, day, first_ts, first_id, last_ts, user_id, u, row_location_id,
        location_id, last_user_id, last_row_location_id, last_location_id, page_views, bought, viewed, task_key,
        source, medium, campaign, channel
    )
    select f.device, f.session_id, (f.first_ts at time zone p_time_zone)::date, f.first_ts, f.first_id,
        f.last_ts, f.user_id, f.u, f.location_id, coalesce(f.location_id, fh.location_id),
        f.last_user_id, f.last_location_id, coalesce(f.last_location_id, lh.location_id), f.page_views, f.bought,
        f.products, analytics.task_key(array['repeat-visits', f.device, f.session_id]),
        -- Null if the first row was deleted after the others were read; its deletion causes another refresh.
        f.told[1], f.told[2], f.told[3], coalesce(f.channel, 'unassigned')
    from (
        select x.*, v.products, w.told, c.channel, coalesce(x.user_id, o.user_id, x.device) as u,
            coalesce(x.last_user_id, o.user_id, x.device) as last_u
        from pg_temp.session_fact x
        left join pg_temp.session_source w on w.device = x.device and w.session_id = x.session_id
        left join channel c on c.told = w.told
        left join pg_temp.session_view v on v.device = x.device and v.session_id = x.session_id
        left join analytics.device_user o on o.tenant_id = p_tenant_id and o.user_pseudo_id = x.device
    ) f
    left join data.users fh on fh.tenant_id = p_tenant_id and fh.user_id = f.u
    left join data.users lh on lh.tenant_id = p_tenant_id and lh.user_id = f.last_u;
    perform analytics.analyze_working_table('new_session');

    insert into pg_temp.changed_user select n.u, min(n.day) from pg_temp.new_session n group by 1;
    insert into pg_temp.changed_day select distinct n.day from pg_temp.new_session n;
    perform analytics.refresh_session_links(p_tenant_id);
end
$$;
