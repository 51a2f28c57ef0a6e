-- The campaigns of a channel on the days p_from to p_to: those that brought it leads, and those whose ads belong to it
-- (channel_campaigns_of says which); a row without a name per platform for what belongs to none. has_ads: the cost of
-- its ads belongs to the channel. By spend, then leads, platform and name. Each row also has their totals, the exact
-- sums rounded once: the channel.
create or replace function analytics.get_channel_campaigns(p_tenant_id uuid, p_from date, p_to date, p_channel text)
returns table (
    platform text, campaign_name text, leads bigint, n_contracts bigint, revenue numeric, spend numeric, cpl numeric,
    roas numeric, campaign_ref text, has_ads boolean, all_leads bigint, all_contracts bigint, all_revenue numeric,
    all_spend numeric, all_cpl numeric, all_roas numeric
)
language plpgsql stable
as $$
#variable_conflict use_column
begin
    return query
    with own as materialized (
        select * from analytics.channel_campaigns_of(p_tenant_id, p_from, p_to) o where o.channel = p_channel
    ),
    whole as (
        select sum(o.leads)::bigint as leads, sum(o.contracts)::bigint as contracts, sum(o.revenue) as revenue,
            coalesce(sum(o.spend), 0) as spend
        from own o
    )
    select o.platform, c.name, o.leads, o.contracts, round(o.revenue, 2), round(coalesce(o.spend, 0), 2),
        coalesce(round(o.spend / nullif(o.leads, 0), 2), 0), coalesce(round(o.revenue / nullif(o.spend, 0), 2), 0),
        o.campaign_ref, o.spend is not null, w.leads, w.contracts, round(w.revenue, 2), round(w.spend, 2),
        coalesce(round(w.spend / nullif(w.leads, 0), 2), 0), coalesce(round(w.revenue / nullif(w.spend, 0), 2), 0)
    from own o
    cross join whole w
    left join analytics.campaign c
        on c.tenant_id = p_tenant_id and c.platform = o.platform and c.campaign_ref = o.campaign_ref
    order by coalesce(o.spend, 0) desc, o.leads desc, o.platform collate "C", c.name collate "C", o.campaign_ref collate "C";
end
$$;
