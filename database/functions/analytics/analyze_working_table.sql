-- Tells the planner what a working table of refresh_tables holds now; only its owner may, hence the definer.
-- A small sample will do: the tables are made of one run's rows, and a large one costs more than it saves.
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
