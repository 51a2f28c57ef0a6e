-- The campaigns of the days p_from to p_to and of the equally long period before, of all platforms or of some, and per
-- platform what belongs to none. By how many leads more or fewer, then leads, platform and name.
-- leads_diff_pct is 0 if there were none before.
create or replace function analytics.get_campaign_changes(
    p_tenant_id uuid, p_from date, p_to date, p_platforms text[] default null, p_limit integer default 20
)
returns table (
    platform text, campaign_name text, leads_cur bigint, leads_prev bigint, leads_diff_pct numeric, cpl_cur numeric,
    cpl_prev numeric
)
language plpgsql stable
as $$
#variable_conflict use_column
begin
    return query
    select t.platform, c.name, t.leads_cur, t.leads_prev,
        coalesce(round(100.0 * (t.leads_cur - t.leads_prev) / nullif(t.leads_prev, 0), 1), 0),
        coalesce(round(t.spend_cur / nullif(t.leads_cur, 0), 2), 0),
        coalesce(round(t.spend_prev / nullif(t.leads_prev, 0), 2), 0)
    from (
        select r.platform, r.campaign_ref, sum(r.leads_cur)::bigint as leads_cur,
            sum(r.leads_prev)::bigint as leads_prev, sum(r.spend_cur) as spend_cur, sum(r.spend_prev) as spend_prev
        from (
            select x.platform, x.campaign_ref, x.leads as leads_cur, 0 as leads_prev, x.spend as spend_cur,
                0 as spend_prev
            from analytics.campaign_figures_of(p_tenant_id, p_from, p_to, p_platforms) x
            union all
            select x.platform, x.campaign_ref, 0, x.leads, 0, x.spend
            from analytics.campaign_figures_of(
                p_tenant_id, p_from - (p_to - p_from + 1), p_from - 1, p_platforms
            ) x
        ) r
        group by r.platform, r.campaign_ref
    ) t
    left join analytics.campaign c
        on c.tenant_id = p_tenant_id and c.platform = t.platform and c.campaign_ref = t.campaign_ref
    order by abs(t.leads_cur - t.leads_prev) desc, t.leads_cur desc, t.platform collate "C", c.name collate "C",
        t.campaign_ref collate "C"
    limit p_limit;
end
$$;
