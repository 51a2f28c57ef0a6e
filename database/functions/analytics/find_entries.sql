-- Entries of these kinds that have a word for each place ('anna|hanna': one that begins with one of these), best first;
-- of each kind a thousand are compared and counted at most. A caller who is limited to branches finds their own
-- branches, and no users (database/policies/branches.sql).
create or replace function analytics.find_entries(p_tenant_id uuid, p_places text[], p_kinds text[], p_limit integer)
returns table (kind text, id text, title text, subtitle text, score numeric, total bigint)
language plpgsql stable
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
    v_patterns text[] := array(select ' (' || p.place || ')' from unnest(p_places) as p (place));
    v_branches text[] := analytics.readable_branches();
begin
    return query
    with found as materialized (
        select 'users' as kind, u.user_id as id, u.words
        from analytics.search_users(p_tenant_id, p_places) u
        where 'users' = any(p_kinds)
        union all
        (
            select 'campaigns', c.campaign_id::text, c.search_text
            from data.campaign c
            where c.tenant_id = p_tenant_id and 'campaigns' = any(p_kinds) and c.search_text ~ all(v_patterns)
            order by length(c.search_text), c.campaign_id
            limit 1000
        )
        union all
        (
            select 'products', p.product_id, p.search_text
            from data.product p
            where p.tenant_id = p_tenant_id and 'products' = any(p_kinds) and p.search_text ~ all(v_patterns)
            order by length(p.search_text), p.product_id
            limit 1000
        )
        union all
        (
            select 'locations', l.location_id, l.search_text
            from data.locations l
            where l.tenant_id = p_tenant_id and 'locations' = any(p_kinds) and l.search_text ~ all(v_patterns)
                and (v_branches is null or l.location_id = any(v_branches))
            order by length(l.search_text), l.location_id
            limit 1000
        )
    ),
    -- 1 for an exact word, less the longer the word is that only begins with it; the best word of each place counts.
    fitting as (
        select f.kind, f.id, a.place,
            max(case when w.word = a.word then 1 else 0.9 * length(a.word) / length(w.word) end) as score
        from found f
        cross join lateral string_to_table(f.words, ' ') as w (word)
        inner join (
            select p.place, t.word from unnest(p_places) with ordinality as p (words, place)
            cross join lateral string_to_table(p.words, '|') as t (word)
        ) a on starts_with(w.word, a.word)
        group by f.kind, f.id, a.place
    ),
    best as materialized (
        select f.kind, f.id, round(avg(f.score), 3) as score, count(*) over () as total
        from fitting f
        group by f.kind, f.id
        order by 3 desc, 1, 2
        limit p_limit
    )
    select b.kind, b.id,
        case b.kind
            when 'users' then coalesce(u.buying_company_name, u.email, b.id)
            when 'campaigns' then c.name
            when 'products' then p.product_name
            else l.location_name
        end,
        case b.kind
            when 'users' then nullif(concat_ws(' · ', u.email, u.cell_phone, u.office_phone), '')
            when 'campaigns' then c.platform
            when 'products' then p.category
            else nullif(concat_ws(', ', l.city, l.state), '')
        end,
        b.score, b.total
    from best b
    left join data.users u on b.kind = 'users' and u.tenant_id = p_tenant_id and u.user_id = b.id
    left join data.campaign c on b.kind = 'campaigns' and c.tenant_id = p_tenant_id and c.campaign_id = case b.kind when 'campaigns' then b.id::uuid end
    left join data.product p on b.kind = 'products' and p.tenant_id = p_tenant_id and p.product_id = b.id
    left join data.locations l on b.kind = 'locations' and l.tenant_id = p_tenant_id and l.location_id = b.id
    order by b.score desc, b.kind, b.id;
end
$$;
