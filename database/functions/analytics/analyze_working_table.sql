-- Updates the planner's statistics of a working table of refresh_tables; only its owner may do this, hence the definer.
-- A small sample is enough: the tables hold one run's rows, and a large one costs more than it saves.
create or replace function analytics.analyze_working_table(p_table text)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set default_statistics_target = 10
as $$
begin
    execute format('analyze pg_temp.%I', p_table);
end
$$;
revoke all on function analytics.analyze_working_table(text) from public;
