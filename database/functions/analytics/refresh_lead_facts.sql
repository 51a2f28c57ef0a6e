-- Counts the leads of the dirty days anew: alike ones (fact_leads), by hour, by product and by branch.
create or replace function analytics.refresh_lead_facts(p_tenant_id uuid, p_currency text)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
declare
    v_days date[] := array(select d.day from pg_temp.lead_day d);
begin
    delete from analytics.fact_leads f where f.tenant_id = p_tenant_id and f.day = any(v_days);
    insert into analytics.fact_leads (
        tenant_id, day, fact_id, platform, channel, utm_source, utm_campaign, utm_id, is_paid, campaign_ref, leads,
        contracts, revenue
    )
    select p_tenant_id, r.day,
        md5(concat_ws(E'\x1f', k.platform, k.channel, k.utm_source, k.utm_campaign, k.utm_id, k.is_paid))::uuid,
        k.platform, k.channel, k.utm_source, k.utm_campaign, k.utm_id, k.is_paid, k.campaign_ref, sum(r.leads),
        sum(r.contracts), sum(r.revenue)
    from (
        select x.day, x.kind_id, count(*) as leads, sum(x.contracts) as contracts, sum(x.revenue) as revenue
        from pg_temp.lead_row x
        group by x.day, x.kind_id
    ) r
    inner join pg_temp.lead_kind k on k.kind_id = r.kind_id
    group by r.day, k.platform, k.channel, k.utm_source, k.utm_campaign, k.utm_id, k.is_paid, k.campaign_ref;

    delete from analytics.lead_hour h where h.tenant_id = p_tenant_id and h.day = any(v_days);
    insert into analytics.lead_hour (tenant_id, hour, channel, day, leads, contracts, revenue)
    select p_tenant_id, r.hour, k.channel, r.day, count(*), sum(r.contracts), sum(r.revenue)
    from pg_temp.lead_row r
    inner join pg_temp.lead_kind k on k.kind_id = r.kind_id
    where r.hour is not null
    group by r.hour, k.channel, r.day;

    delete from analytics.v6_product_performance p where p.tenant_id = p_tenant_id and p.day = any(v_days);
    insert into analytics.v6_product_performance (
        tenant_id, day, platform, product_key, product_id, product_name, leads, contracts, revenue
    )
    select p_tenant_id, r.day, k.platform, r.product_key, r.product_id, max(r.product_name), sum(r.leads),
        sum(r.contracts), sum(r.revenue)
    from (
        select x.day, x.kind_id, x.product_id, max(x.product_name) as product_name,
            md5(concat_ws(E'\x1f', x.product_id, case when x.product_id is null then x.product_name end))::uuid
                as product_key,
            count(*) as leads, sum(x.contracts) as contracts, sum(x.revenue) as revenue
        from pg_temp.lead_row x
        where coalesce(x.product_id, x.product_name) is not null
        group by x.day, x.kind_id, x.product_id, case when x.product_id is null then x.product_name end
    ) r
    inner join pg_temp.lead_kind k on k.kind_id = r.kind_id
    group by r.day, k.platform, r.product_key, r.product_id;

    delete from analytics.v6_branch_performance b where b.tenant_id = p_tenant_id and b.day = any(v_days);
    insert into analytics.v6_branch_performance (tenant_id, day, platform, location_id, leads, contracts, revenue)
    select p_tenant_id, r.day, k.platform, r.location_id, count(*), sum(r.contracts), sum(r.revenue)
    from pg_temp.lead_row r
    inner join pg_temp.lead_kind k on k.kind_id = r.kind_id
    where r.location_id is not null
    group by r.day, k.platform, r.location_id;

    delete from analytics.unconverted_day u
    where u.tenant_id = p_tenant_id and u.day = any(v_days) and u.side = 'contracts';
    insert into analytics.unconverted_day (tenant_id, day, platform, side, currency, rows, amount)
    select p_tenant_id, r.day, k.platform, 'contracts', upper(c.currency), count(*), sum(c.amount)
    from pg_temp.lead_row r
    inner join pg_temp.lead_kind k on k.kind_id = r.kind_id
    inner join data.contract c on c.tenant_id = p_tenant_id and c.lead_id = r.lead_id and c.status = 'signed'
    where
        r.lead_id is not null and upper(c.currency) <> p_currency
        and analytics.rate_of(p_tenant_id, upper(c.currency), p_currency, c.signed_day) is null
    group by r.day, k.platform, upper(c.currency);
end
$$;
