-- Writes what a source (p_source_id) or a file (null) says of campaigns' days, one element of each array a row. What a row
-- said before and says otherwise now moves to the history; a row that says the same writes nothing; of a key given twice
-- the last row counts.
-- A connected source stands above files: a file's row is refused where a source tells of that campaign's day, and gives
-- way, to the history, when one begins to (data.ad_names: which rows mean the same campaign). Either order of arrival
-- leaves the same rows.
-- Returns how many were new, restated and unchanged, and the places (from 1) of those refused.
create or replace function data.record_ad_performance(
    p_tenant_id uuid, p_source_id uuid, p_platforms text[], p_account_ids text[], p_campaign_ids text[], p_days date[],
    p_campaign_names text[], p_impressions bigint[], p_clicks bigint[], p_spends numeric[], p_conversions numeric[],
    p_revenues numeric[], p_currencies text[], p_extras text[]
)
returns table (new_rows bigint, restated_rows bigint, unchanged_rows bigint, refused_places bigint[])
language plpgsql
-- (a plan for arrays of any length joins a thousand rows one by one: it took ten times as long)
set plan_cache_mode = force_custom_plan
as $$
begin
    perform data.take_ad_turn(p_tenant_id);

    if p_source_id is not null then
        with gone as (
            delete from data.ad_performance a
            using unnest(p_platforms, p_account_ids, p_campaign_ids, p_days, p_campaign_names)
                as r (platform, account_id, campaign_id, day, campaign_name),
                data.ad_names(r.account_id, r.campaign_id, r.campaign_name) n
            where
                a.tenant_id = p_tenant_id and a.source_id is null
                and a.platform = r.platform and a.day = r.day
                and a.account_id = n.account_id and lower(a.campaign_id) = n.campaign
                and (a.account_id, a.campaign_id) <> (r.account_id, r.campaign_id)
            returning a.*
        )
        insert into data.ad_performance_history (
            tenant_id, platform, account_id, campaign_id, day, replaced_at, said
        )
        select
            p_tenant_id, g.platform, g.account_id, g.campaign_id, g.day, clock_timestamp(),
            to_jsonb(g) - array['tenant_id', 'platform', 'account_id', 'campaign_id', 'day']
        from gone g;
    end if;

    return query
    with given as (
        select r.*
        from unnest(
            p_platforms, p_account_ids, p_campaign_ids, p_days, p_campaign_names, p_impressions, p_clicks, p_spends,
            p_conversions, p_revenues, p_currencies, p_extras::jsonb[]
        ) with ordinality as r (
            platform, account_id, campaign_id, day, campaign_name, impressions, clicks, spend, conversions, revenue,
            currency, extra, place
        )
    ),
    told as (
        select a.platform, a.day, n.account_id, n.campaign
        from data.ad_performance a
        cross join data.ad_names(a.account_id, a.campaign_id, a.campaign_name) n
        where
            p_source_id is null and a.tenant_id = p_tenant_id
            and a.day between (select min(g.day) from given g) and (select max(g.day) from given g)
            and exists (select from data.source s where s.tenant_id = p_tenant_id and s.source_id = a.source_id)
    ),
    refused as (
        select g.place
        from given g
        where
            exists (
                select from told t
                where
                    t.platform = g.platform and t.day = g.day and t.account_id = g.account_id
                    and t.campaign = lower(g.campaign_id)
            )
    ),
    taken as (
        select distinct on (g.platform, g.account_id, g.campaign_id, g.day) g.*
        from given g
        where g.place not in (select r.place from refused r)
        order by g.platform, g.account_id, g.campaign_id, g.day, g.place desc
    ),
    known as (
        select
            t.*,
            (
                a.campaign_name, a.impressions, a.clicks, a.spend, a.conversions, a.revenue, a.currency, a.extra
            ) is distinct from (
                t.campaign_name, t.impressions, t.clicks, t.spend, t.conversions, t.revenue, t.currency, t.extra
            ) as differs,
            a.source_id is distinct from p_source_id as changes_hands,
            to_jsonb(a) - array['tenant_id', 'platform', 'account_id', 'campaign_id', 'day'] as said
        from taken t
        join data.ad_performance a
            on a.tenant_id = p_tenant_id and a.platform = t.platform and a.account_id = t.account_id
            and a.campaign_id = t.campaign_id and a.day = t.day
    ),
    remembered as (
        insert into data.ad_performance_history (
            tenant_id, platform, account_id, campaign_id, day, replaced_at, said
        )
        select p_tenant_id, k.platform, k.account_id, k.campaign_id, k.day, clock_timestamp(), k.said
        from known k
        where k.differs
    ),
    restated as (
        update data.ad_performance a set
            campaign_name = k.campaign_name, impressions = k.impressions, clicks = k.clicks, spend = k.spend,
            conversions = k.conversions, revenue = k.revenue, currency = k.currency, extra = k.extra,
            source_id = p_source_id, restated_at = case when k.differs then now() else a.restated_at end
        from known k
        where
            (k.differs or k.changes_hands)
            and a.tenant_id = p_tenant_id and a.platform = k.platform and a.account_id = k.account_id
            and a.campaign_id = k.campaign_id and a.day = k.day
    ),
    added as (
        insert into data.ad_performance (
            tenant_id, platform, account_id, campaign_id, day, campaign_name, impressions, clicks, spend, conversions,
            revenue, currency, extra, source_id
        )
        select
            p_tenant_id, t.platform, t.account_id, t.campaign_id, t.day, t.campaign_name, t.impressions, t.clicks,
            t.spend, t.conversions, t.revenue, t.currency, t.extra, p_source_id
        from taken t
        where
            not exists (
                select from known k
                where
                    k.platform = t.platform and k.account_id = t.account_id and k.campaign_id = t.campaign_id
                    and k.day = t.day
            )
    )
    select
        (select count(*) from taken) - count(*), count(*) filter (where k.differs), count(*) filter (where not k.differs),
        array(select r.place from refused r order by r.place)
    from known k;
end
$$;
