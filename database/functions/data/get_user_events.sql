-- A user's own events by table: how many, the first and last time, and for purchases their summed value by currency (''
-- is the tenant's). They are found by the devices the user was seen on.
create or replace function data.get_user_events(p_tenant_id uuid, p_user_id text)
returns table (
    event_table text, currency text, event_count bigint, first_ts timestamptz, last_ts timestamptz, value numeric
)
language plpgsql
stable
as $$
declare
    v_devices text[];
    v_table text;
    v_money text;
begin
    select array_agg(nullif(d.user_pseudo_id, '')) into v_devices
    from data.user_device d where d.tenant_id = p_tenant_id and d.user_id = p_user_id;
    if v_devices is null then
        return;
    end if;
    foreach v_table in array array[
        'page_view', 'view_item', 'add_to_cart', 'purchase', 'view_search_results', 'no_search_results', 'other_event'
    ] loop
        v_money := case v_table
            when 'purchase' then 'coalesce(e.currency, ''''), e.value' else 'null::text, null::numeric'
        end;
        return query execute format(
            'select %1$L::text, m.currency, count(*), min(m.event_ts), max(m.event_ts), sum(m.value) from ('
            ' select %2$s, e.event_ts from data.%1$I e'
            ' where e.tenant_id = $1 and e.user_id = $2 and e.user_pseudo_id = any($3)'
            ' union all select %2$s, e.event_ts from data.%1$I e'
            ' where $4 and e.tenant_id = $1 and e.user_id = $2 and e.user_pseudo_id is null'
            ') m (currency, value, event_ts) group by m.currency',
            v_table, v_money
        )
        using p_tenant_id, p_user_id, v_devices, array_position(v_devices, null) is not null;
    end loop;
end
$$;
