-- The visits of the days p_from to p_to by channel. Whole months are read from their sums, the days at both ends one by
-- one: several rows of one key, which the caller adds up. In SQL, and without settings of its own, so that the planner
-- can inline it.
create or replace function analytics.channel_sessions_of(p_tenant_id uuid, p_from date, p_to date)
returns table (
    channel text, sessions bigint
)
language sql stable
as $$
select m.channel, m.sessions
from analytics.traffic_month m
where m.tenant_id = p_tenant_id
    and m.month >= analytics.first_whole_month(p_from) and m.month < analytics.whole_months_end(p_to)
union all
select d.channel, d.sessions
from analytics.traffic_day d
where d.tenant_id = p_tenant_id and d.day >= p_from and d.day <= p_to and d.day < analytics.first_whole_month(p_from)
union all
select d.channel, d.sessions
from analytics.traffic_day d
where d.tenant_id = p_tenant_id and d.day >= analytics.first_whole_month(p_from)
    and d.day >= analytics.whole_months_end(p_to) and d.day <= p_to
$$;
