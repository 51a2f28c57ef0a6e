-- Updates campaigns by what their platform reports (p_source_id), or creates those that a file (null) reports; each
-- array has one element a campaign, and the last counts if one is given twice. A source's name, status, budget, dates
-- and settings win; who looks after a campaign, its team and the members' own settings stay. A file renames a campaign
-- that no source updates, unless it was named by a later day (p_named_on: the day a name is from, null from a source),
-- and sets the other fields only of a new one. If several sources report a campaign, it stays with the one that has it
-- while that is active. A campaign that was made by hand under the platform and name, or by a file without an account
-- or under its name, is adopted and gets its id, instead of a second one beside it; a file that knows less of it leaves
-- its account and id. Returns how many were new and changed, and how many of the changed have another name, account or
-- id than before.
create or replace function data.keep_campaigns_in_step(
    p_tenant_id uuid, p_source_id uuid, p_platforms text[], p_account_ids text[], p_external_ids text[],
    p_names text[], p_statuses text[], p_budgets numeric[], p_start_dates date[], p_end_dates date[], p_settings text[],
    p_named_on date[]
)
returns table (new_rows bigint, changed_rows bigint, renamed_rows bigint)
language plpgsql
-- As in data.record_ad_performance.
set enable_nestloop to off
set enable_mergejoin to off
set jit to off
as $$
begin
    perform data.take_ad_turn(p_tenant_id);

    return query
    with given as (
        select distinct on (r.platform, r.account_id, r.external_id)
            r.place, r.platform, r.account_id, r.external_id, coalesce(nullif(btrim(r.name), ''), r.external_id) as name,
            r.status, greatest(r.budget, 0) as budget, r.start_date,
            case when r.end_date < r.start_date then null else r.end_date end as end_date, r.settings, r.named_on
        from unnest(
            p_platforms, p_account_ids, p_external_ids, p_names, p_statuses, p_budgets, p_start_dates, p_end_dates,
            p_settings::jsonb[], p_named_on
        ) with ordinality as r (
            platform, account_id, external_id, name, status, budget, start_date, end_date, settings, named_on,
            place
        )
        order by r.platform, r.account_id, r.external_id, r.place desc
    ),
    kept as (
        select
            c.*,
            exists (
                select from data.source s where s.tenant_id = p_tenant_id and s.source_id = c.source_id
            ) as is_connected,
            exists (
                select from data.source s
                where s.tenant_id = p_tenant_id and s.source_id = c.source_id and s.status = 'active'
            ) as is_active
        from data.campaign c
        where c.tenant_id = p_tenant_id and c.platform = any(p_platforms)
    ),
    given_words as (
        select g.*, unnest(array[lower(g.external_id), lower(g.name)]) as word from given g
    ),
    kept_words as (
        select k.*, unnest(array[lower(k.external_id), lower(k.name)]) as word
        from kept k
        where p_source_id is null and k.external_id is not null
    ),
    -- Which stored campaigns each given one may be, the likeliest first; with gets_id the stored one takes over account
    -- and id. 1: the same key. 2: the same by words, and the given one knows its account at least as well. 3: the same
    -- by words, but the given one comes from a file and knows less. 4: created by hand under its name.
    candidates as (
        select g.place, k.campaign_id, k.created_at, 1 as choice, true as gets_id
        from given g
        join kept k on k.platform = g.platform and k.account_id = g.account_id and k.external_id = g.external_id
        union all
        select g.place, k.campaign_id, k.created_at, 2, true
        from given_words g
        join kept k on k.platform = g.platform and lower(k.external_id) = g.word
        where
            not k.is_connected and k.account_id in (g.account_id, '')
            and data.is_same_campaign(k.account_id, k.external_id, k.name, g.account_id, g.external_id, g.name)
        union all
        select g.place, k.campaign_id, k.created_at, 3, false
        from given g
        join kept_words k on k.platform = g.platform and k.word = lower(g.external_id)
        where
            not k.is_connected and g.account_id in (k.account_id, '')
            and data.is_same_campaign(k.account_id, k.external_id, k.name, g.account_id, g.external_id, g.name)
        union all
        select g.place, k.campaign_id, k.created_at, 4, true
        from given g
        join kept k on k.platform = g.platform and k.external_id is null and lower(k.name) = lower(g.name)
    ),
    chosen as (
        -- Each stored campaign is matched with at most one given campaign, and the other way round.
        select distinct on (o.campaign_id) o.place, o.campaign_id, o.gets_id
        from (
            select distinct on (c.place) c.place, c.campaign_id, c.choice, c.gets_id
            from candidates c
            order by c.place, c.choice, c.created_at, c.campaign_id
        ) o
        order by o.campaign_id, o.choice, o.place
    ),
    changed as (
        update data.campaign c set
            account_id = case when o.gets_id then g.account_id else c.account_id end,
            external_id = case when o.gets_id then g.external_id else c.external_id end,
            name = case when g.named_on < c.named_on then c.name else g.name end,
            named_on = greatest(c.named_on, g.named_on),
            status = case when p_source_id is null then c.status else g.status end,
            budget = case when p_source_id is null then c.budget else g.budget end,
            start_date = case when p_source_id is null then c.start_date else g.start_date end,
            end_date = case when p_source_id is null then c.end_date else g.end_date end,
            platform_settings = case when p_source_id is null then c.platform_settings else g.settings end,
            source_id = case when k.is_active then c.source_id else coalesce(p_source_id, c.source_id) end,
            updated_at = now()
        from chosen o
        join given g on g.place = o.place
        join kept k on k.campaign_id = o.campaign_id
        where
            c.tenant_id = p_tenant_id and c.campaign_id = o.campaign_id
            and case
                when p_source_id is null then
                    not k.is_connected
                    and (
                        (c.name <> g.name and coalesce(g.named_on >= c.named_on, true))
                        or g.named_on > coalesce(c.named_on, '-infinity')
                        or (o.gets_id and (c.account_id, c.external_id) is distinct from (g.account_id, g.external_id))
                    )
                else
                    (not k.is_active and c.source_id is distinct from p_source_id)
                    or (
                        c.account_id, c.external_id, c.name, c.status, c.budget, c.start_date, c.end_date,
                        c.platform_settings
                    ) is distinct from (
                        g.account_id, g.external_id, g.name, g.status, g.budget, g.start_date, g.end_date, g.settings
                    )
            end
        returning
            (k.account_id, k.external_id, k.name) is distinct from (c.account_id, c.external_id, c.name) as is_renamed
    ),
    added as (
        insert into data.campaign (
            tenant_id, platform, account_id, external_id, name, status, budget, start_date, end_date, platform_settings,
            source_id, named_on
        )
        select
            p_tenant_id, g.platform, g.account_id, g.external_id, g.name, g.status, g.budget, g.start_date, g.end_date,
            g.settings, p_source_id, g.named_on
        from given g
        where
            g.place not in (select o.place from chosen o)
            and not exists (
                select from kept_words k
                where
                    k.platform = g.platform and k.word = lower(g.external_id) and g.account_id in (k.account_id, '')
                    and data.is_same_campaign(k.account_id, k.external_id, k.name, g.account_id, g.external_id, g.name)
            )
        returning campaign_id
    )
    select
        (select count(*) from added), (select count(*) from changed),
        (select count(*) from changed d where d.is_renamed);
end
$$;
