-- Figures of the days p_from to p_to that changed after their day was complete, of all platforms or of some, the newest
-- change first. The index of figure_change counts how many there are in all; a page of them is read from the newest on,
-- for which the planner has to see which days are meant.
create or replace function analytics.get_figure_changes(
    p_tenant_id uuid, p_from date, p_to date, p_platforms text[], p_limit bigint, p_offset bigint
)
returns table (
    day date, platform text, metric text, changed_at timestamptz, "from" numeric, "to" numeric, difference numeric,
    reason text
)
language plpgsql stable
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
begin
    return query
    select c.day, c.platform, c.metric, c.changed_at, c.was, c.became, c.became - c.was, c.reason
    from analytics.figure_change c
    where c.tenant_id = p_tenant_id and c.day between p_from and p_to
        and (p_platforms is null or c.platform = any(p_platforms))
    order by c.change_id desc
    limit p_limit offset p_offset;
end
$$;
