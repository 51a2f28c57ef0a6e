-- The leads of the days p_from to p_to by channel and campaign; campaign_ref '': of none. The months nearest to the
-- range are read from their sums; days that these lack are added one by one, and days beside the range subtracted:
-- several rows of one key, which the caller adds up, leaving out those without a lead. In SQL, and without settings of
-- its own, so that the planner can inline it.
create or replace function analytics.channel_leads_of(p_tenant_id uuid, p_from date, p_to date)
returns table (
    channel text, platform text, campaign_ref text, leads bigint, contracts bigint, revenue numeric
)
language sql stable
as $$
select m.channel, m.platform, m.campaign_ref, m.leads, m.contracts, m.revenue
from analytics.fact_leads_month m
where m.tenant_id = p_tenant_id
    and m.month >= analytics.months_begin(p_from, p_to) and m.month < analytics.months_end(p_from, p_to)
union all
select d.channel, d.platform, d.campaign_ref, case when d.day < p_from then -1 else 1 end::bigint,
    case when d.day < p_from then -d.contracts else d.contracts end::bigint,
    case when d.day < p_from then -d.revenue else d.revenue end
from analytics.fact_leads d
where d.tenant_id = p_tenant_id and d.day >= least(p_from, analytics.months_begin(p_from, p_to))
    and d.day < greatest(p_from, analytics.months_begin(p_from, p_to))
union all
select d.channel, d.platform, d.campaign_ref, case when d.day > p_to then -1 else 1 end::bigint,
    case when d.day > p_to then -d.contracts else d.contracts end::bigint,
    case when d.day > p_to then -d.revenue else d.revenue end
from analytics.fact_leads d
where d.tenant_id = p_tenant_id and d.day >= least(p_to + 1, analytics.months_end(p_from, p_to))
    and d.day < greatest(p_to + 1, analytics.months_end(p_from, p_to))
$$;
