-- How many dead letters there are, of all tenants together, by event type; counted up to a hundred thousand. It reveals
-- neither what they hold nor whose they are: it takes nothing from its caller, and the policy dead_letters_counted
-- shows the rows to its owner alone, within a look-up of that name.
create or replace function {schema}.count_dead_letters()
returns table (event_type text, letters bigint)
language plpgsql stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select l.event_type, count(*)
    from (select d.event_type from {schema}.dead_letter d limit 100000) as l
    group by l.event_type;
end
$$;
revoke all on function {schema}.count_dead_letters() from public;
