-- Empties the refresher's working tables at the end of a run, only those that were used: having the server empty all of
-- them at each commit costs more than a small run, and makes it plan every statement again the next time. Deleted rows
-- leave their space behind until there is enough of it to truncate.
create or replace function analytics.refresh_empty_tables()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_table record;
begin
    for v_table in
        select c.relname, pg_relation_size(c.oid) as bytes
        from pg_class c
        where c.relnamespace = pg_my_temp_schema() and c.relkind = 'r' and c.relowner = current_user::regrole
    loop
        if v_table.bytes > 1048576 then
            execute format('truncate pg_temp.%I', v_table.relname);
        elsif v_table.bytes > 0 then
            execute format('delete from pg_temp.%I', v_table.relname);
        end if;
    end loop;
end
$$;
revoke all on function analytics.refresh_empty_tables() from public;
