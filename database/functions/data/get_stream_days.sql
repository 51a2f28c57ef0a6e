-- What is stored of each stream besides the kinds of event, by calendar day, for the days that have any: ads by
-- platform and source (null: files), in days of their accounts; orders of shops by when they were made; leads and
-- contracts by their days; sessions by channel as GA4 counts them; events by the road that has the day (their rows are
-- counted with their kinds: row_count is null), and by Measurement Protocol source what came, by when it came.
create or replace function data.get_stream_days(p_tenant_id uuid, p_time_zone text)
returns table (stream text, origin text, source_id uuid, day date, row_count bigint, last_at timestamptz)
language sql
stable
as $$
    select
        'ads', a.platform, a.source_id, a.day, count(*), max(greatest(a.first_seen_at, a.restated_at))
    from data.ad_performance a
    where a.tenant_id = p_tenant_id
    group by a.platform, a.source_id, a.day
    union all
    select
        'orders', 'woocommerce', o.source_id, (o.created_at at time zone p_time_zone)::date, count(*), max(o.modified_at)
    from data.shop_order o
    where o.tenant_id = p_tenant_id
    group by o.source_id, (o.created_at at time zone p_time_zone)::date
    union all
    select 'leads', 'file', null, l.created_day, count(*), max(l.updated_at)
    from data.lead l
    where l.tenant_id = p_tenant_id
    group by l.created_day
    union all
    select 'contracts', 'file', null, c.signed_day, count(*), max(c.updated_at)
    from data.contract c
    where c.tenant_id = p_tenant_id
    group by c.signed_day
    union all
    select 'channels', 'ga4', c.source_id, c.day, count(*), max(c.read_at)
    from data.channel_day c
    where c.tenant_id = p_tenant_id
    group by c.source_id, c.day
    union all
    select 'events', case r.road when 1 then 'ga4-export' else 'ga4' end, null, r.day, null, null
    from data.road_day r
    where r.tenant_id = p_tenant_id and r.road in (1, 2)
    union all
    select 'events', 'measurement_protocol', h.source_id, h.day, h.taken, h.last_hit_at
    from data.hit_count h
    where h.tenant_id = p_tenant_id and h.taken > 0
$$;
