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
as $$
declare
    v_first date := (select min(d.day) from unnest(p_days) as d (day));
    v_last date := (select max(d.day) from unnest(p_days) as d (day));
begin
    perform data.take_ad_turn(p_tenant_id);

    if
        p_source_id is not null
        and exists (
            select from data.ad_performance a
            where a.tenant_id = p_tenant_id and a.source_id is null and a.day between v_first and v_last
        )
    then
        with told as materialized (
            select r.platform, r.account_id, r.campaign_id, r.day, n.account_id as as_account, n.campaign as as_campaign
            from unnest(p_platforms, p_account_ids, p_campaign_ids, p_days, p_campaign_names)
                as r (platform, account_id, campaign_id, day, campaign_name)
            cross join data.ad_names(r.account_id, r.campaign_id, r.campaign_name) n
        ),
        gone as (
            delete from data.ad_performance a
            where
                a.tenant_id = p_tenant_id and a.source_id is null and a.day between v_first and v_last
                and exists (
                    select from told t
                    where
                        t.platform = a.platform and t.day = a.day
                        and t.as_account = a.account_id and t.as_campaign = a.campaign_key
                        and (t.account_id, t.campaign_id) <> (a.account_id, a.campaign_id)
                )
            returning a.*
        )
        insert into data.ad_performance_history (
            tenant_id, platform, account_id, campaign_id, day, replaced_at, said
        )
        select p_tenant_id, g.platform, g.account_id, g.campaign_id, g.day, clock_timestamp(), data.ad_row_said(g)
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
    told as materialized (
        select a.platform, a.day, n.account_id, n.campaign
        from data.ad_performance a
        cross join data.ad_names(a.account_id, a.campaign_id, a.campaign_name) n
        where
            p_source_id is null and a.tenant_id = p_tenant_id and a.day between v_first and v_last
            and a.platform = any(p_platforms)
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
    judged as materialized (
        -- A look-up for each row, by all that either index has: before the table's first analyze a join is planned for a
        -- few rows, and the wrong index taken for as good.
        select t.*, k.said, k.said is null as is_new, coalesce(k.differs, false) as differs, k.changes_hands
        from taken t
        left join lateral (
            select
                data.ad_row_said(a) as said,
                (
                    a.campaign_name, a.impressions, a.clicks, a.spend, a.conversions, a.revenue, a.currency, a.extra
                ) is distinct from (
                    t.campaign_name, t.impressions, t.clicks, t.spend, t.conversions, t.revenue, t.currency, t.extra
                ) as differs,
                a.source_id is distinct from p_source_id as changes_hands
            from data.ad_performance a
            where
                a.tenant_id = p_tenant_id and a.platform = t.platform and a.account_id = t.account_id
                and a.campaign_id = t.campaign_id and a.campaign_key = lower(t.campaign_id) and a.day = t.day
            limit 1
        ) k on true
    ),
    remembered as (
        insert into data.ad_performance_history (
            tenant_id, platform, account_id, campaign_id, day, replaced_at, said
        )
        select p_tenant_id, j.platform, j.account_id, j.campaign_id, j.day, clock_timestamp(), j.said
        from judged j
        where j.differs
    ),
    written as (
        insert into data.ad_performance as a (
            tenant_id, platform, account_id, campaign_id, day, campaign_name, impressions, clicks, spend, conversions,
            revenue, currency, extra, source_id, restated_at
        )
        select
            p_tenant_id, j.platform, j.account_id, j.campaign_id, j.day, j.campaign_name, j.impressions, j.clicks,
            j.spend, j.conversions, j.revenue, j.currency, j.extra, p_source_id, case when j.differs then now() end
        from judged j
        where j.is_new or j.differs or j.changes_hands
        on conflict (tenant_id, platform, account_id, campaign_id, day) do update set
            campaign_name = excluded.campaign_name, impressions = excluded.impressions, clicks = excluded.clicks,
            spend = excluded.spend, conversions = excluded.conversions, revenue = excluded.revenue,
            currency = excluded.currency, extra = excluded.extra, source_id = excluded.source_id,
            restated_at = coalesce(excluded.restated_at, a.restated_at)
    )
    select
        count(*) filter (where j.is_new), count(*) filter (where j.differs),
        count(*) filter (where not j.is_new and not j.differs), array(select r.place from refused r order by r.place)
    from judged j;
end
$$;
