-- Rebuilds the words that mean campaigns. If a lead's word may mean several campaigns, it is the one that has this name
-- now, and of these the one whose ads are known from the earliest day on. A day whose leads or ads mean another
-- campaign than before becomes dirty.
create or replace function analytics.refresh_campaign_words(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
begin
    insert into pg_temp.campaign_word (word_id, platform, kind, word, campaign_ref)
    with own as (
        select n.platform, 'key' as kind, analytics.campaign_key(n.account_id, n.campaign_key) as word, n.campaign_ref,
            0 as choice, n.first_day
        from pg_temp.campaign_node n
        union all
        select n.platform, 'id', n.campaign_key, n.campaign_ref, 0, n.first_day
        from pg_temp.campaign_node n
        where n.external_id is not null
        union all
        select n.platform, 'name', w.word, n.campaign_ref, case when w.word = lower(n.name) then 0 else 1 end, n.first_day
        from pg_temp.campaign_node n
        cross join lateral unnest(n.names) as w (word)
    ),
    -- Ad sets and ads belong to the campaign above them.
    below as (
        select 'meta' as platform, 'id' as kind, lower(o.object_id) as word, n.campaign_ref, 1 as choice, n.first_day
        from data.ad_object o
        left join data.ad_object s
            on s.tenant_id = p_tenant_id and s.source_id = o.source_id and o.level = 'ad' and s.level = 'adset'
            and s.object_id = o.parent_id
        inner join pg_temp.campaign_node n
            on n.platform = 'meta' and n.campaign_key = lower(case o.level when 'ad' then s.parent_id else o.parent_id end)
        where o.tenant_id = p_tenant_id and o.level in ('adset', 'ad')
    )
    select distinct on (w.platform, w.kind, w.word)
        md5(concat_ws(E'\x1f', w.platform, w.kind, w.word))::uuid, w.platform, w.kind, w.word, w.campaign_ref
    from (select * from own union all select * from below) w
    order by w.platform, w.kind, w.word, w.choice, w.first_day, w.campaign_ref;

    insert into pg_temp.changed_word (platform, kind, word)
    select coalesce(n.platform, o.platform), coalesce(n.kind, o.kind), coalesce(n.word, o.word)
    from pg_temp.campaign_word n
    full join (select * from analytics.campaign_word x where x.tenant_id = p_tenant_id) o on o.word_id = n.word_id
    where n.campaign_ref is distinct from o.campaign_ref;
    if not found then
        return;
    end if;

    delete from analytics.campaign_word w
    using pg_temp.changed_word c
    where w.tenant_id = p_tenant_id and w.word_id = md5(concat_ws(E'\x1f', c.platform, c.kind, c.word))::uuid;
    insert into analytics.campaign_word (tenant_id, word_id, platform, kind, word, campaign_ref)
    select p_tenant_id, n.word_id, n.platform, n.kind, n.word, n.campaign_ref
    from pg_temp.campaign_word n
    inner join pg_temp.changed_word c on c.platform = n.platform and c.kind = n.kind and c.word = n.word;

    insert into pg_temp.ad_day
    select distinct a.day
    from pg_temp.changed_word c
    inner join pg_temp.campaign_node n
        on n.platform = c.platform and analytics.campaign_key(n.account_id, n.campaign_key) = c.word
    inner join data.ad_performance a
        on a.tenant_id = p_tenant_id and a.platform = n.platform and a.campaign_key = n.campaign_key
        and a.account_id = n.account_id
    where c.kind = 'key'
    on conflict do nothing;

    -- Two statements, so that each can use a hash join: an account may have many ads, and a company many leads.
    insert into pg_temp.lead_day
    select distinct f.day
    from pg_temp.changed_word c
    inner join analytics.fact_leads f on f.tenant_id = p_tenant_id and f.platform = c.platform and f.utm_id = c.word
    where c.kind = 'id'
    on conflict do nothing;
    insert into pg_temp.lead_day
    select distinct f.day
    from pg_temp.changed_word c
    inner join analytics.fact_leads f
        on f.tenant_id = p_tenant_id and f.platform = c.platform and f.utm_campaign = c.word
    where c.kind = 'name'
    on conflict do nothing;
end
$$;
