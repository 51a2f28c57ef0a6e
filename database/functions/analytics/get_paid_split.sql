-- How many leads of the days p_from to p_to were paid for, by platform, of all or of some; platforms without leads are
-- left out. By leads, then platform.
create or replace function analytics.get_paid_split(
    p_tenant_id uuid, p_from date, p_to date, p_platforms text[] default null
)
returns table (
    platform text, paid_leads bigint, organic_leads bigint, total_leads bigint, paid_pct numeric, organic_pct numeric
)
language plpgsql stable
as $$
#variable_conflict use_column
begin
    return query
    select t.platform, t.paid, t.leads - t.paid, t.leads, round(100.0 * t.paid / t.leads, 1),
        100 - round(100.0 * t.paid / t.leads, 1)
    from (
        select d.platform, sum(d.paid_leads)::bigint as paid, sum(d.leads)::bigint as leads
        from analytics.platform_figures_of(p_tenant_id, p_from, p_to) d
        where p_platforms is null or d.platform = any(p_platforms)
        group by d.platform
        having sum(d.leads) > 0
    ) t
    order by t.leads desc, t.platform collate "C";
end
$$;
