-- Money of the days p_from to p_to that has no rate: {currency: amount}; p_location '' is the whole tenant.
create or replace function analytics.unconverted_amounts(p_tenant_id uuid, p_location text, p_from date, p_to date)
returns jsonb
language sql stable
as $$
    select jsonb_object_agg(x.currency, x.amount)
    from (
        select a.key as currency, round(sum(a.value::numeric), 2) as amount
        from analytics.day_total t
        cross join lateral jsonb_each_text(t.foreign_amounts) as a (key, value)
        where t.tenant_id = p_tenant_id and t.location_id = p_location and t.day between p_from and p_to
        group by 1
    ) x
$$;
