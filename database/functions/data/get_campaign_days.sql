-- What campaigns had on each of their days, one row a day: the platform's own where there is one, else a file's under
-- whichever account and word it means the campaign by (data.ad_names). foreign_currency is null where spend and revenue
-- are in the tenant's.
create or replace function data.get_campaign_days(p_tenant_id uuid, p_campaign_ids uuid[], p_from date, p_to date)
returns table (
    campaign_id uuid, day date, impressions bigint, clicks bigint, spend numeric, revenue numeric, conversions numeric,
    foreign_currency text
)
language sql
stable
as $$
    select distinct on (c.campaign_id, a.day)
        c.campaign_id, a.day, a.impressions, a.clicks, a.spend, a.revenue, a.conversions,
        nullif(a.currency, (select t.currency from auth.tenant t where t.tenant_id = p_tenant_id))
    from data.campaign c
    cross join data.ad_names(c.account_id, c.external_id, c.name) n
    join data.ad_performance a
        on a.tenant_id = p_tenant_id and a.platform = c.platform and a.account_id = n.account_id
        and a.campaign_key = n.campaign and a.day between p_from and p_to
    where c.tenant_id = p_tenant_id and c.campaign_id = any(p_campaign_ids) and c.external_id is not null
    order by
        c.campaign_id, a.day,
        (a.account_id, a.campaign_id) = (c.account_id, c.external_id) desc, a.source_id nulls last, a.account_id desc,
        a.campaign_id
$$;
