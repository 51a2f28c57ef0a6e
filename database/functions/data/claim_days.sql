-- Claims for a road the days that its rows fall in, and locks them until the caller's transaction ends: shared if the
-- road only adds rows; exclusively if it takes a day from a worse road, so that none of that road's rows come after,
-- and with p_alone, for callers that replace rows of their own. p_days, p_starts and p_ends are the tenant's days,
-- p_moments the times (to a quarter of an hour) that have rows. Returns the spans taken from worse roads, whose rows
-- must be removed, and (is_lost) those that a better road has. There are three steps, each in the order of time, so
-- that two writers wait for each other, never both: unclaimed days are claimed; then all spans exist, and a road can
-- only get better; then they are locked.
create or replace function data.claim_days(
    p_tenant_id uuid, p_road smallint, p_days date[], p_starts timestamptz[], p_ends timestamptz[],
    p_moments timestamptz[], p_alone boolean
) returns table (is_lost boolean, starts_at timestamptz, ends_at timestamptz)
language plpgsql
as $$
#variable_conflict use_column
declare
    c_longer_than_a_day constant interval := interval '2 days';
    v_touched timestamptz [];
    v_is_whole boolean := false;
    v_takes boolean;
    v_round integer := 0;
    v_span record;
begin
    loop
        select array_agg(distinct span.starts_at), bool_and(span.starts_at is not null), bool_or(span.road > p_road)
        into v_touched, v_is_whole, v_takes
        from unnest(p_moments) as m (moment)
        left join lateral (
            select latest.starts_at, latest.road
            from (
                select r.starts_at, r.ends_at, r.road from data.road_day r
                where r.tenant_id = p_tenant_id and r.starts_at <= m.moment
                order by r.starts_at desc limit 1
            ) as latest
            where latest.ends_at > m.moment
        ) as span on true;
        v_round := v_round + 1;
        exit when v_is_whole or v_round > 1;

        -- The parts of each day that no span covers: usually the whole day, unless neighbours were made in another time
        -- zone.
        insert into data.road_day (tenant_id, starts_at, ends_at, day, road)
        select
            p_tenant_id, part.starts_at,
            least(d.ends_at, (
                select min(r.starts_at) from data.road_day r
                where r.tenant_id = p_tenant_id and r.starts_at > part.starts_at and r.starts_at < d.ends_at
            )),
            d.day, p_road
        from unnest(p_days, p_starts, p_ends) as d (day, starts_at, ends_at)
        cross join lateral (
            select d.starts_at
            union
            select r.ends_at from data.road_day r
            where
                r.tenant_id = p_tenant_id and r.starts_at > d.starts_at - c_longer_than_a_day
                and r.ends_at > d.starts_at and r.ends_at < d.ends_at and r.starts_at < d.ends_at
        ) as part
        where not exists (
            select from data.road_day r
            where
                r.tenant_id = p_tenant_id and r.starts_at > part.starts_at - c_longer_than_a_day
                and r.starts_at <= part.starts_at and r.ends_at > part.starts_at
        )
        order by part.starts_at
        on conflict do nothing;
    end loop;

    if p_alone or v_takes then
        perform from data.road_day r
        where r.tenant_id = p_tenant_id and r.starts_at = any(v_touched)
        order by r.starts_at for no key update;
        return query
        update data.road_day r set road = p_road
        where r.tenant_id = p_tenant_id and r.starts_at = any(v_touched) and r.road > p_road
        returning false, r.starts_at, r.ends_at;
    end if;
    -- Checked after the lock, because a condition in the statement would see the row as it was before.
    for v_span in
        select r.starts_at, r.ends_at, r.road from data.road_day r
        where r.tenant_id = p_tenant_id and r.starts_at = any(v_touched)
        order by r.starts_at for share
    loop
        if v_span.road < p_road then
            return query select true, v_span.starts_at, v_span.ends_at;
        end if;
    end loop;
end
$$;
