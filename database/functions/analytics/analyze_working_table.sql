-- Tells the planner what a working table of refresh_tables holds now; only its owner may, hence the definer.
create or replace function analytics.analyze_working_table(p_table text)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    execute format('analyze pg_temp.%I', p_table);
end
$$;
revoke all on function analytics.analyze_working_table(text) from public;
