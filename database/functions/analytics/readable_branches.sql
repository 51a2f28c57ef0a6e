-- The branches that the person of this transaction may read (app.branch_codes, an array); null: all.
create or replace function analytics.readable_branches()
returns text[]
language sql stable parallel safe
as $$
    select nullif(current_setting('app.branch_codes', true), '')::text[]
$$;
