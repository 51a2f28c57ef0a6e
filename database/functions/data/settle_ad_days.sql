-- Makes room for what a source (p_source_id) or a file (null) reports of campaigns' days: rows that report the same
-- days by other ids or names (data.is_same_campaign) move to the history, except those of a connected source. For a
-- source, the caller knows that files reported its days. Returns the places (from 1) of a file's rows that are refused,
-- because a connected source reports their days, and of those that others gave way to.
create or replace function data.settle_ad_days(
    p_tenant_id uuid, p_source_id uuid, p_platforms text[], p_account_ids text[], p_campaign_ids text[], p_days date[],
    p_campaign_names text[]
)
returns table (refused_places bigint[], replacing_places bigint[])
language plpgsql
as $$
declare
    v_first date := (select min(d.day) from unnest(p_days) as d (day));
    v_last date := (select max(d.day) from unnest(p_days) as d (day));
begin
    return query
    with given as (
        select r.*, unnest(array[lower(r.campaign_id), lower(r.campaign_name)]) as word
        from unnest(p_platforms, p_account_ids, p_campaign_ids, p_days, p_campaign_names) with ordinality
            as r (platform, account_id, campaign_id, day, campaign_name, place)
    ),
    standing as (
        select
            a.platform, a.account_id, a.campaign_id, a.day, a.campaign_name,
            unnest(array[a.campaign_key, lower(a.campaign_name)]) as word, s.source_id is not null as is_connected
        from data.ad_performance a
        left join data.source s on s.tenant_id = p_tenant_id and s.source_id = a.source_id
        where
            a.tenant_id = p_tenant_id and a.day between v_first and v_last
            and (p_source_id is null or s.source_id is null)
    ),
    met as materialized (
        select
            g.place, s.platform, s.account_id, s.campaign_id, s.day, s.is_connected,
            (g.account_id, g.campaign_id) = (s.account_id, s.campaign_id) as is_by_the_same_key
        from given g
        join standing s on s.platform = g.platform and s.day = g.day and s.word = g.word
        where
            data.is_same_campaign(
                g.account_id, g.campaign_id, g.campaign_name, s.account_id, s.campaign_id, s.campaign_name
            )
    ),
    refused as materialized (
        select distinct m.place from met m where m.is_connected
    ),
    leaving as (
        select m.platform, m.account_id, m.campaign_id, m.day, max(m.place) as place
        from met m
        where m.place not in (select r.place from refused r)
        group by m.platform, m.account_id, m.campaign_id, m.day
        having not bool_or(m.is_by_the_same_key)
    ),
    gone as (
        delete from data.ad_performance a
        using leaving l
        where
            a.tenant_id = p_tenant_id and a.platform = l.platform and a.account_id = l.account_id
            and a.campaign_id = l.campaign_id and a.day = l.day and a.day between v_first and v_last
        returning l.place, a.platform, a.account_id, a.campaign_id, a.day, data.ad_row_said(a) as said
    ),
    remembered as (
        insert into data.ad_performance_history (
            tenant_id, platform, account_id, campaign_id, day, replaced_at, said
        )
        select p_tenant_id, g.platform, g.account_id, g.campaign_id, g.day, clock_timestamp(), g.said
        from gone g
    )
    select array(select r.place from refused r order by r.place), array(select distinct g.place from gone g);
end
$$;
