-- As refresh_lead_months, by product; p_months: those of the dirty days. The facts are up to date already. A product
-- has the last in the alphabet of the names that leads gave it. A later name only needs to be compared; if the last one
-- may be gone, all of the month's leads are read.
create or replace function analytics.refresh_product_months(p_tenant_id uuid, p_months date[])
returns void
language plpgsql
set plan_cache_mode = force_generic_plan
-- For a tenant without statistics the planner expects a few rows and would choose nested loops over thousands.
set enable_nestloop = off
set enable_mergejoin = off
as $$
begin
    insert into pg_temp.product_change (
        month, platform, product_id, only_name, product_name, former_name, leads, contracts, revenue
    )
    select x.month, x.platform, x.product_id, x.only_name, max(x.product_name), max(x.former_name), sum(x.leads),
        sum(x.contracts), sum(x.revenue)
    from (
        select r.month, k.platform, r.product_id, case when r.product_id is null then r.product_name end as only_name,
            max(r.product_name) as product_name, null as former_name, count(*) as leads, sum(r.contracts) as contracts,
            coalesce(sum(r.revenue) filter (where r.contracts > 0), 0) as revenue
        from pg_temp.lead_row r
        inner join pg_temp.lead_kind k on k.kind_id = r.kind_id
        where r.product_id is not null or r.product_name is not null
        group by r.month, k.platform, r.product_id, 4
        union all
        select f.month, f.platform, f.product_id, case when f.product_id is null then f.product_name end, null, f.product_name,
            -1, -f.contracts, -f.revenue
        from pg_temp.former_lead f
        where f.is_counted and (f.product_id is not null or f.product_name is not null)
    ) x
    group by x.month, x.platform, x.product_id, x.only_name;

    merge into analytics.v6_product_performance p
    using (
        select x.month, x.platform, md5(concat_ws(E'\x1f', coalesce(x.product_id, ''), x.only_name))::uuid as product_key,
            x.product_id, x.product_name, x.leads, x.contracts, x.revenue
        from pg_temp.product_change x
        where (x.leads, x.contracts, x.revenue) <> (0, 0, 0) or x.product_name is distinct from x.former_name
        -- Computes each key only once.
        offset 0
    ) c
        on p.tenant_id = p_tenant_id and p.month = any(p_months) and p.month = c.month and p.platform = c.platform
        and p.product_key = c.product_key
    when matched then
        update set product_name = greatest(p.product_name, c.product_name), leads = p.leads + c.leads,
            contracts = p.contracts + c.contracts, revenue = p.revenue + c.revenue
    when not matched then
        insert (
            tenant_id, month, platform, product_key, product_id, product_name, leads, contracts, revenue
        )
        values (
            p_tenant_id, c.month, c.platform, c.product_key, c.product_id, c.product_name, c.leads, c.contracts, c.revenue
        );

    if exists (
        select from pg_temp.product_change c
        where c.product_id is not null and (c.product_name < c.former_name or (c.product_name is null) > (c.former_name is null))
    ) then
        update analytics.v6_product_performance p
        set product_name = n.product_name
        from (
            select c.month, c.platform, c.product_id, max(x.product_name) as product_name
            from pg_temp.product_change c
            left join (
                select date_trunc('month', f.day::timestamp)::date as month, f.platform, f.product_id, f.product_name
                from analytics.fact_leads f
                where
                    f.tenant_id = p_tenant_id
                    and f.day >= (select min(o.month) from pg_temp.product_change o)
                    and f.day < (select max(o.month) + interval '1 month' from pg_temp.product_change o)::date
            ) x on x.month = c.month and x.platform = c.platform and x.product_id = c.product_id
            where
                c.product_id is not null
                and (c.product_name < c.former_name or (c.product_name is null) > (c.former_name is null))
            group by c.month, c.platform, c.product_id
        ) n
        where
            p.tenant_id = p_tenant_id and p.month = n.month and p.platform = n.platform and p.product_id = n.product_id
            and p.product_name is distinct from n.product_name;
    end if;
end
$$;
