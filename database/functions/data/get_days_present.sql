-- Of a range of days (both inclusive, of a time zone), those for which a source's kind of rows is already stored:
-- events that came by the roads p_roads, or the source's own advertising days, or days that a backfill of it has read.
create or replace function data.get_days_present(
    p_tenant_id uuid, p_source_id uuid, p_roads smallint[], p_first_day date, p_last_day date, p_time_zone text
)
returns table (day date)
language plpgsql
stable
as $$
begin
    return query
    select d.day
    from (
        select s.day, auth.day_start(s.day, p_time_zone) as from_ts, auth.day_start(s.day + 1, p_time_zone) as to_ts
        from (select p_first_day + g.n as day from generate_series(0, p_last_day - p_first_day) as g (n)) s
    ) d
    where exists (
        select 1 from data.backfill_piece p
        where p.tenant_id = p_tenant_id and p.source_id = p_source_id and p.state = 'done'
            and p.first_day <= d.day and p.last_day >= d.day
    )
    or exists (
        select 1 from data.ad_performance a
        where a.tenant_id = p_tenant_id and a.day = d.day and a.source_id = p_source_id
    )
    or exists (
        select 1 from data.purchase e
        where e.tenant_id = p_tenant_id and e.event_ts >= d.from_ts and e.event_ts < d.to_ts and e.road = any(p_roads)
    )
    or exists (
        select 1 from data.page_view e
        where e.tenant_id = p_tenant_id and e.event_ts >= d.from_ts and e.event_ts < d.to_ts and e.road = any(p_roads)
    )
    or exists (
        select 1 from data.other_event e
        where e.tenant_id = p_tenant_id and e.event_ts >= d.from_ts and e.event_ts < d.to_ts and e.road = any(p_roads)
    );
end
$$;
