-- The leads of the days p_from to p_to that belong to no campaign, by the origin that they name: by months, in rows
-- that the caller adds up, as in channel_leads_of. In SQL, and without settings of its own, so that the planner can
-- inline it.
create or replace function analytics.stray_leads_of(p_tenant_id uuid, p_from date, p_to date)
returns table (
    platform text, utm_source text, utm_campaign text, utm_id text, leads bigint, contracts bigint, revenue numeric
)
language sql stable
as $$
select m.platform, m.utm_source, m.utm_campaign, m.utm_id, m.leads, m.contracts, m.revenue
from analytics.stray_lead_month m
where m.tenant_id = p_tenant_id
    and m.month >= analytics.months_begin(p_from, p_to) and m.month < analytics.months_end(p_from, p_to)
union all
select d.platform, d.utm_source, d.utm_campaign, d.utm_id, case when d.day < p_from then -1 else 1 end::bigint,
    case when d.day < p_from then -d.contracts else d.contracts end::bigint,
    case when d.day < p_from then -d.revenue else d.revenue end
from analytics.fact_leads d
where d.tenant_id = p_tenant_id and d.campaign_ref = '' and d.day >= least(p_from, analytics.months_begin(p_from, p_to))
    and d.day < greatest(p_from, analytics.months_begin(p_from, p_to))
union all
select d.platform, d.utm_source, d.utm_campaign, d.utm_id, case when d.day > p_to then -1 else 1 end::bigint,
    case when d.day > p_to then -d.contracts else d.contracts end::bigint,
    case when d.day > p_to then -d.revenue else d.revenue end
from analytics.fact_leads d
where d.tenant_id = p_tenant_id and d.campaign_ref = '' and d.day >= least(p_to + 1, analytics.months_end(p_from, p_to))
    and d.day < greatest(p_to + 1, analytics.months_end(p_from, p_to))
$$;
