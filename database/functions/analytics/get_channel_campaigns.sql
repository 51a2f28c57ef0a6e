-- The campaigns of a channel on the days p_from to p_to: those that brought it leads, and those whose ads are its own
-- (channel_campaigns_of says which); a row without a name per platform for what belongs to none. They add up to the
-- channel. has_ads: what its ads cost is the channel's. By spend, then leads, platform and name.
create or replace function analytics.get_channel_campaigns(p_tenant_id uuid, p_from date, p_to date, p_channel text)
returns table (
    platform text, campaign_name text, leads bigint, n_contracts bigint, revenue numeric, spend numeric, cpl numeric,
    roas numeric, campaign_ref text, has_ads boolean
)
language plpgsql stable
as $$
#variable_conflict use_column
begin
    return query
    select o.platform, c.name, o.leads, o.contracts, round(o.revenue, 2), round(coalesce(o.spend, 0), 2),
        coalesce(round(o.spend / nullif(o.leads, 0), 2), 0), coalesce(round(o.revenue / nullif(o.spend, 0), 2), 0),
        o.campaign_ref, o.spend is not null
    from analytics.channel_campaigns_of(p_tenant_id, p_from, p_to) o
    left join analytics.campaign c
        on c.tenant_id = p_tenant_id and c.platform = o.platform and c.campaign_ref = o.campaign_ref
    where o.channel = p_channel
    order by coalesce(o.spend, 0) desc, o.leads desc, o.platform collate "C", c.name collate "C", o.campaign_ref collate "C";
end
$$;
