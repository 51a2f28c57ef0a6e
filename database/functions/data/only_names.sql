-- A list of objects with the values of these names only.
create or replace function data.only_names(p_objects jsonb, p_names text[])
returns jsonb
language sql immutable parallel safe
as $$
    select coalesce(
        jsonb_agg(
            (select coalesce(jsonb_object_agg(v.name, v.value), '{}') from jsonb_each(o.object) as v (name, value)
            where v.name = any(p_names))
            order by o.place
        ),
        '[]'
    )
    from jsonb_array_elements(p_objects) with ordinality as o (object, place)
$$;
