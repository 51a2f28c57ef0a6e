-- Collects the campaigns that are known, by account and id as they were reported, and which of them are the same one
-- (decision 0034): what was reported without an account belongs to the only account that has such an id; what was
-- reported by a name for its id is the only campaign of that name. If several could be meant, it is none of them and
-- stays a campaign of its own.
create or replace function analytics.refresh_campaign_nodes(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
begin
    insert into pg_temp.campaign_node (
        platform, account_id, campaign_key, external_id, name, names, first_day, campaign_ref, is_itself
    )
    with names as (
        select m.platform, m.account_id, m.campaign_key, array_agg(distinct s.name) as names
        from analytics.campaign_month m
        cross join lateral unnest(m.names) as s (name)
        where m.tenant_id = p_tenant_id
        group by m.platform, m.account_id, m.campaign_key
    ),
    told as (
        select platform, account_id, campaign_key, n.names, min(m.first_day) as first_day,
            (array_agg(m.campaign_id order by m.month desc))[1] as campaign_id,
            (array_agg(m.name order by m.month desc))[1] as name
        from analytics.campaign_month m
        inner join names n using (platform, account_id, campaign_key)
        where m.tenant_id = p_tenant_id
        group by platform, account_id, campaign_key, n.names
    ),
    kept as (
        select c.platform, c.account_id,
            lower(coalesce(c.external_id, case when octet_length(c.name) <= 500 then c.name else md5(c.name) end))
                as campaign_key,
            max(c.external_id) as external_id, (array_agg(c.name order by c.created_at, c.campaign_id))[1] as name
        from data.campaign c
        where c.tenant_id = p_tenant_id
        group by 1, 2, 3
    )
    select platform, account_id, campaign_key, coalesce(t.campaign_id, k.external_id), coalesce(k.name, t.name),
        coalesce(t.names, '{}') || lower(coalesce(k.name, t.name)), t.first_day,
        analytics.campaign_key(account_id, campaign_key), true
    from told t
    full join kept k using (platform, account_id, campaign_key);

    update pg_temp.campaign_node n
    set campaign_ref = o.campaign_ref, is_itself = false
    from (
        select x.platform, x.campaign_key, min(x.campaign_ref) as campaign_ref
        from pg_temp.campaign_node x
        where x.account_id <> ''
        group by 1, 2
        having count(*) = 1
    ) o
    where n.account_id = '' and o.platform = n.platform and o.campaign_key = n.campaign_key;

    update pg_temp.campaign_node n
    set campaign_ref = o.campaign_ref, is_itself = false
    from (
        select x.platform, x.account_id, x.campaign_key, min(y.campaign_ref) as campaign_ref
        from pg_temp.campaign_node x
        inner join pg_temp.campaign_node y
            on y.platform = x.platform and (y.account_id = x.account_id or x.account_id = '' or y.account_id = '')
            and x.campaign_key = any(y.names) and y.campaign_key <> all(y.names)
        where x.campaign_key = any(x.names)
        group by 1, 2, 3
        having count(distinct y.campaign_ref) = 1
    ) o
    where n.platform = o.platform and n.account_id = o.account_id and n.campaign_key = o.campaign_key;

    -- What the first step assigned to a campaign that the second step assigned to another.
    update pg_temp.campaign_node n
    set campaign_ref = m.campaign_ref
    from pg_temp.campaign_node m
    where
        not n.is_itself and not m.is_itself and m.platform = n.platform
        and analytics.campaign_key(m.account_id, m.campaign_key) = n.campaign_ref;
end
$$;
