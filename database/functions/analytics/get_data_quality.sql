-- How reliable figures of the days p_from to p_to are. One row. fresh_as_of: when the tenant's rows were last included
-- in the answers; is_waiting: some are not included yet. provisional_from: the first day of the range that may change
-- without anybody's doing: today and later, and those that a connected source's vendor still restates (as many as the
-- data service reads again); null: none. sampled_days, thresholded_days: what vendors say about their own numbers;
-- unconverted_days: those whose money lacks a rate.
create or replace function analytics.get_data_quality(p_tenant_id uuid, p_from date, p_to date)
returns table (
    fresh_as_of timestamptz, is_waiting boolean, provisional_from date, sampled_days date[], thresholded_days date[],
    unconverted_days date[]
)
language plpgsql stable
as $$
begin
    return query
    with restated as (
        select coalesce(max(case s.kind when 'meta_ads' then 28 when 'ga4' then 5 else 1 end), 1) as days
        from data.source s
        where s.tenant_id = p_tenant_id
    ),
    provisional as (
        select greatest(p_from, (now() at time zone t.time_zone)::date - r.days + 1) as since
        from auth.tenant t
        cross join restated r
        where t.tenant_id = p_tenant_id
    ),
    flagged as (
        select distinct f.flag, f.day
        from data.quality_flag f
        where f.tenant_id = p_tenant_id and f.day between p_from and p_to and f.flag in ('sampled', 'thresholded')
    )
    select
        (select r.last_run_at from analytics.rollup_state r where r.tenant_id = p_tenant_id),
        exists (select from analytics.dirty_key k where k.tenant_id = p_tenant_id),
        (select p.since from provisional p where p.since <= p_to),
        array(select f.day from flagged f where f.flag = 'sampled' order by f.day),
        array(select f.day from flagged f where f.flag = 'thresholded' order by f.day),
        array(
            select distinct u.rate_day from analytics.unconverted_day u
            where u.tenant_id = p_tenant_id and u.day between p_from and p_to
            order by u.rate_day
        );
end
$$;
