-- Series by the day of each channel's leads, for insights.get_daily_series; as insights.get_traffic_by_day.
create or replace function insights.get_lead_channels_by_day(p_tenant_id uuid, p_from date, p_to date)
returns table (
    metric text, dimension text, member text, places integer[], amounts float8[], size numeric, is_series boolean,
    needed_by text[]
)
language plpgsql stable
as $$
begin
    return query
    with channel as (
        select
            t.channel, array_agg(t.day - p_from) as places, array_agg(t.leads::float8) as leads,
            array_agg(t.contracts::float8) as contracts, array_agg(t.revenue::float8) as revenue, sum(t.leads) as all_leads,
            sum(t.contracts) as all_contracts, sum(abs(t.revenue)) as all_revenue
        from analytics.lead_channel_day t
        where t.tenant_id = p_tenant_id and t.day >= p_from and t.day < p_to
        group by t.channel
    )
    select v.metric, 'channel', c.channel, c.places, v.amounts, v.size, true, '{}'::text[]
    from channel c
    cross join lateral (
        values
        ('leads', c.leads, c.all_leads), ('contracts', c.contracts, c.all_contracts),
        ('lead_revenue', c.revenue, c.all_revenue)
    ) as v (metric, amounts, size);
end
$$;
