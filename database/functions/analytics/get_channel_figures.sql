-- What channels had on the days p_from to p_to: visits, leads, what these brought, and what ads cost
-- (channel_campaigns_of says which ads). By leads, then sessions and name.
create or replace function analytics.get_channel_figures(p_tenant_id uuid, p_from date, p_to date)
returns table (
    channel text, sessions bigint, leads bigint, contracts bigint, revenue numeric, spend numeric, cpl numeric,
    roas numeric
)
language plpgsql stable
as $$
#variable_conflict use_column
begin
    return query
    select channel, coalesce(v.sessions, 0), coalesce(c.leads, 0), coalesce(c.contracts, 0),
        round(coalesce(c.revenue, 0), 2), round(coalesce(c.spend, 0), 2),
        coalesce(round(c.spend / nullif(c.leads, 0), 2), 0), coalesce(round(c.revenue / nullif(c.spend, 0), 2), 0)
    from (
        select o.channel, sum(o.leads)::bigint as leads, sum(o.contracts)::bigint as contracts, sum(o.revenue) as revenue,
            sum(o.spend) as spend
        from analytics.channel_campaigns_of(p_tenant_id, p_from, p_to) o
        group by o.channel
    ) c
    full join (
        select t.channel, sum(t.sessions)::bigint as sessions
        from analytics.channel_sessions_of(p_tenant_id, p_from, p_to) t
        group by t.channel
    ) v using (channel)
    order by 3 desc, 2 desc, channel collate "C";
end
$$;
