-- Reduces changed_user to one row for each user, with the first day on which something changed.
create or replace function analytics.refresh_changed_users()
returns void
language plpgsql
as $$
begin
    with once as (
        delete from pg_temp.changed_user returning u, since
    )
    insert into pg_temp.changed_user select o.u, min(o.since) from once o group by 1;
    perform analytics.analyze_working_table('changed_user');
end
$$;
