-- The exact sums of the days p_from to p_to, of all platforms or of some: what ratios of marketing are made of. One row.
create or replace function analytics.get_marketing_totals(
    p_tenant_id uuid, p_from date, p_to date, p_platforms text[] default null
)
returns table (leads bigint, contracts bigint, revenue numeric, spend numeric, impressions bigint, clicks bigint)
language plpgsql stable
as $$
#variable_conflict use_column
begin
    return query
    select coalesce(sum(r.leads), 0)::bigint, coalesce(sum(r.contracts), 0)::bigint, coalesce(sum(r.revenue), 0),
        coalesce(sum(r.spend), 0), coalesce(sum(r.impressions), 0)::bigint, coalesce(sum(r.clicks), 0)::bigint
    from analytics.campaign_roi_of(p_tenant_id, p_from, p_to) r
    where p_platforms is null or r.platform = any(p_platforms);
end
$$;
