-- The leads of the days p_from to p_to by platform, of all or of some; a platform with spend alone has none. By leads,
-- then platform.
create or replace function analytics.get_platform_leads(
    p_tenant_id uuid, p_from date, p_to date, p_platforms text[] default null
)
returns table (
    platform text, leads bigint
)
language plpgsql stable
as $$
#variable_conflict use_column
begin
    return query
    select d.platform, sum(d.leads)::bigint
    from analytics.platform_figures_of(p_tenant_id, p_from, p_to) d
    where p_platforms is null or d.platform = any(p_platforms)
    group by d.platform
    order by 2 desc, d.platform collate "C";
end
$$;
