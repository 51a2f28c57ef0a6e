-- What campaigns had on each of their days, one row a day: the platform's own report if there is one, else a file's
-- under whichever account and word means the campaign. What a file has under a name goes to one campaign, however many
-- have that name: to the one that has it for its id, else to the oldest. Spend and revenue are in the tenant's
-- currency, at the rate of the day as it is written; without one, they are in foreign_currency.
create or replace function data.get_campaign_days(p_tenant_id uuid, p_campaign_ids uuid[], p_from date, p_to date)
returns table (
    campaign_id uuid, day date, impressions bigint, clicks bigint, spend numeric, revenue numeric, conversions numeric,
    foreign_currency text
)
language sql
stable
as $$
    with words as (
        select
            c.campaign_id, c.platform, c.created_at, c.account_id as own_account_id, c.external_id,
            unnest(array[c.account_id, c.account_id, '', '']) as account_id,
            unnest(array[lower(c.external_id), lower(c.name), lower(c.external_id), lower(c.name)]) as campaign,
            unnest(array[true, false, true, false]) as is_id
        from data.campaign c
        where c.tenant_id = p_tenant_id and c.external_id is not null
    ),
    meant as (
        select distinct on (w.platform, w.account_id, w.campaign) w.*
        from words w
        order by
            w.platform, w.account_id, w.campaign,
            w.is_id desc, w.account_id = w.own_account_id desc, w.created_at, w.campaign_id
    ),
    told as (
        select distinct on (m.campaign_id, a.day)
            m.campaign_id, a.day, a.impressions, a.clicks, a.spend, a.revenue, a.conversions, a.currency
        from meant m
        join data.ad_performance a
            on a.tenant_id = p_tenant_id and a.platform = m.platform and a.account_id = m.account_id
            and a.campaign_key = m.campaign and a.day between p_from and p_to
        where m.campaign_id = any(p_campaign_ids) and (m.is_id or lower(a.campaign_name) = a.campaign_key)
        order by
            m.campaign_id, a.day,
            (a.account_id, a.campaign_id) = (m.own_account_id, m.external_id) desc, a.source_id nulls last,
            a.account_id desc, a.campaign_id
    )
    select
        d.campaign_id, d.day, d.impressions, d.clicks, d.spend * coalesce(r.rate, 1), d.revenue * coalesce(r.rate, 1),
        d.conversions, case when r.rate is null then d.currency end
    from told d
    join auth.tenant t on t.tenant_id = p_tenant_id
    cross join lateral (
        -- Computed once here, because it is used several times.
        select
            case
                when d.currency is null or d.currency = upper(t.currency) then 1
                else data.fx_rate_of(p_tenant_id, d.currency, upper(t.currency), d.day)
            end as rate
        offset 0
    ) r
$$;
