-- Of the branches that are asked about (null: all), those that the person of this transaction may read; null: all.
create or replace function analytics.branches_asked(p_location_ids text[])
returns text[]
language plpgsql stable parallel safe
as $$
declare
    v_own text[] := analytics.readable_branches();
begin
    if v_own is null or p_location_ids is null then
        return coalesce(p_location_ids, v_own);
    end if;
    return array(select b.branch from unnest(p_location_ids) as b (branch) where b.branch = any(v_own));
end
$$;
