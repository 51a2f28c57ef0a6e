-- Writes what a source (p_source_id) or a file (null) reports of campaigns' days; each array has one element a row. If
-- a row's report changes, the former one moves to the history; an unchanged row writes nothing; of a key given twice
-- the last row counts. A campaign's day is stored once, by whichever ids or names it was reported
-- (data.is_same_campaign).
-- A connected source is above files: a file's row is refused if a source reports that campaign's day, and gives way, to
-- the history, when one begins to; either order of arrival leaves the same rows. What no connected source reports gives
-- way to a later file. Of several sources (two properties that are linked to one account, whose claims are their own),
-- the active one that was connected first has a campaign's day if it reports anything: the others' rows are refused,
-- and give way to its.
-- Returns how many were new, restated (including those that another row gave way to) and unchanged, the places (from 1)
-- of those refused, how many of the restated took the place of a row of another key, and the days on which anything
-- changed.
create or replace function data.record_ad_performance(
    p_tenant_id uuid, p_source_id uuid, p_platforms text[], p_account_ids text[], p_campaign_ids text[], p_days date[],
    p_campaign_names text[], p_impressions bigint[], p_clicks bigint[], p_spends numeric[], p_conversions numeric[],
    p_revenues numeric[], p_currencies text[], p_extras text[]
)
returns table (
    new_rows bigint, restated_rows bigint, unchanged_rows bigint, refused_places bigint[], replacing_rows bigint,
    touched_days date[]
)
language plpgsql
-- Before a table's first analyze the planner expects a few rows and would choose nested loops over thousands.
set enable_nestloop to off
set enable_mergejoin to off
set jit to off
as $$
declare
    v_first date := (select min(d.day) from unnest(p_days) as d (day));
    v_last date := (select max(d.day) from unnest(p_days) as d (day));
    v_ids text[] := array(select distinct lower(i.id) from unnest(p_campaign_ids) as i (id));
    v_refused bigint[] := '{}';
    v_replacing bigint[] := '{}';
    v_connected_at timestamptz := (
        select s.created_at from data.source s where s.tenant_id = p_tenant_id and s.source_id = p_source_id
    );
begin
    perform data.take_ad_turn(p_tenant_id);

    if
        p_source_id is null
        or exists (
            select from data.ad_performance a
            where
                a.tenant_id = p_tenant_id and a.day between v_first and v_last
                and not exists (
                    select from data.source s where s.tenant_id = p_tenant_id and s.source_id = a.source_id
                )
        )
    then
        select s.refused_places, s.replacing_places into v_refused, v_replacing
        from data.settle_ad_days(
            p_tenant_id, p_source_id, p_platforms, p_account_ids, p_campaign_ids, p_days, p_campaign_names
        ) s;
    end if;

    return query
    with given as (
        select distinct on (r.platform, r.account_id, r.campaign_id, r.day) r.*
        from unnest(
            p_platforms, p_account_ids, p_campaign_ids, p_days, p_campaign_names, p_impressions, p_clicks, p_spends,
            p_conversions, p_revenues, p_currencies, p_extras::jsonb[]
        ) with ordinality as r (
            platform, account_id, campaign_id, day, campaign_name, impressions, clicks, spend, conversions, revenue,
            currency, extra, place
        )
        where r.place <> all(v_refused)
        order by r.platform, r.account_id, r.campaign_id, r.day, r.place desc
    ),
    judged as materialized (
        select
            g.*, a as standing, a.source_id is distinct from p_source_id as changes_hands,
            s.source_id is not null as is_refused,
            a.day is null and g.place <> all(v_replacing) as is_new,
            case
                when a.day is null then g.place = any(v_replacing)
                else
                    (
                        a.campaign_name, a.impressions, a.clicks, a.spend, a.conversions, a.revenue, a.currency, a.extra
                    ) is distinct from (
                        g.campaign_name, g.impressions, g.clicks, g.spend, g.conversions, g.revenue, g.currency, g.extra
                    )
            end as differs
        from given g
        left join data.ad_performance a
            on a.tenant_id = p_tenant_id and a.platform = g.platform and a.account_id = g.account_id
            and a.campaign_id = g.campaign_id and a.day = g.day
            and a.platform = any(p_platforms) and a.campaign_key = any(v_ids) and a.day between v_first and v_last
        left join data.source s
            on s.tenant_id = p_tenant_id and s.source_id = a.source_id and s.status = 'active'
            and (s.created_at, s.source_id) < (v_connected_at, p_source_id)
            and (a.impressions, a.clicks, a.spend) <> (0, 0, 0)
    ),
    taken as (
        select j.* from judged j where not j.is_refused
    ),
    remembered as (
        insert into data.ad_performance_history (
            tenant_id, platform, account_id, campaign_id, day, replaced_at, said
        )
        select
            p_tenant_id, t.platform, t.account_id, t.campaign_id, t.day, clock_timestamp(),
            data.ad_row_said(t.standing)
        from taken t
        where t.differs and (t.standing).day is not null
    ),
    written as (
        insert into data.ad_performance as a (
            tenant_id, platform, account_id, campaign_id, day, campaign_name, impressions, clicks, spend, conversions,
            revenue, currency, extra, source_id, restated_at
        )
        select
            p_tenant_id, t.platform, t.account_id, t.campaign_id, t.day, t.campaign_name, t.impressions, t.clicks,
            t.spend, t.conversions, t.revenue, t.currency, t.extra, p_source_id, case when t.differs then now() end
        from taken t
        where t.is_new or t.differs or t.changes_hands
        on conflict (tenant_id, platform, account_id, campaign_id, day) do update set
            campaign_name = excluded.campaign_name, impressions = excluded.impressions, clicks = excluded.clicks,
            spend = excluded.spend, conversions = excluded.conversions, revenue = excluded.revenue,
            currency = excluded.currency, extra = excluded.extra, source_id = excluded.source_id,
            restated_at = coalesce(excluded.restated_at, a.restated_at)
    )
    select
        count(*) filter (where j.is_new), count(*) filter (where j.differs and not j.is_refused),
        count(*) filter (where not (j.is_new or j.differs or j.is_refused)),
        v_refused || coalesce(array_agg(j.place order by j.place) filter (where j.is_refused), '{}'),
        count(*) filter (where j.place = any(v_replacing)),
        array(
            select j.day from judged j where (j.is_new or j.differs) and not j.is_refused
            union
            -- Days whose former rows were replaced, whatever became of the rows that replace them.
            select p_days[r.place] from unnest(v_replacing) as r (place)
            order by 1
        )
    from judged j;
end
$$;
