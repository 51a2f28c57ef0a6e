-- Records what the user of an erasure is found by, from the present rows; when called again, what came since.
create or replace function data.describe_erasure(p_tenant_id uuid, p_erasure_id uuid)
returns void
language plpgsql
as $$
declare
    v_user_id text;
    v_devices text[];
    v_shared text[] := '{}';
    v_table text;
    v_more text[];
begin
    select e.user_id into strict v_user_id
    from data.erasure e where e.tenant_id = p_tenant_id and e.erasure_id = p_erasure_id;
    v_devices := array(
        select d.user_pseudo_id from data.user_device d
        where d.tenant_id = p_tenant_id and d.user_id = v_user_id and d.user_pseudo_id <> ''
    );
    foreach v_table in array array[
        'page_view', 'view_item', 'add_to_cart', 'purchase', 'view_search_results', 'no_search_results', 'other_event'
    ] loop
        execute format(
            'select array_agg(d.device) from unnest($2) as d (device) where exists ('
            ' select from data.%1$I e where e.tenant_id = $1 and e.user_pseudo_id = d.device and e.user_id <> $3)',
            v_table
        ) into v_more using p_tenant_id, v_devices, v_user_id;
        v_shared := v_shared || coalesce(v_more, '{}');
    end loop;
    update data.erasure x
    set devices = v_devices,
        own_devices = array(select d.device from unnest(v_devices) as d (device) where d.device <> all(v_shared)),
        emails = array(
            select distinct lower(btrim(u.email)) from data.users u
            where u.tenant_id = p_tenant_id and u.user_id = v_user_id and btrim(u.email) <> ''
            union select unnest(x.emails)
        ),
        phones = array(
            select distinct data.phone_number(p.phone)
            from data.users u
            cross join lateral unnest(array[u.cell_phone, u.office_phone]) as p (phone)
            where u.tenant_id = p_tenant_id and u.user_id = v_user_id
                -- Shorter numbers are extensions or mistakes, which many people share.
                and length(ltrim(data.phone_number(p.phone), '+')) > 6
            union select unnest(x.phones)
        )
    where x.tenant_id = p_tenant_id and x.erasure_id = p_erasure_id;
end
$$;
