-- Updates the planner's statistics of the summaries, unless somebody else is doing it (analytics.may_analyze); returns
-- whether it was done. p_events: also those of events.
create or replace function analytics.try_analyze_summaries(p_events boolean default true)
returns boolean
language plpgsql
as $$
begin
    if not analytics.may_analyze() then
        return false;
    end if;
    perform analytics.analyze_summaries(p_events);
    return true;
end
$$;
