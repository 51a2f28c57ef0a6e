-- Moves the rows that COPY brought into pg_temp.staged_product (services/data_service/store/events/staging.py) into
-- data.product: one whose id exists is updated, an identical one changes nothing. The caller stages an id once. A row
-- that an upsert has just inserted carries no lock yet, one that it updated carries its own: that tells them apart.
create or replace function data.record_staged_products(p_tenant_id uuid)
returns table (new_rows bigint, changed_rows bigint)
language plpgsql
as $$
begin
    return query
    with recorded as (
        insert into data.product as r (
            tenant_id, updated_at,
            product_id, product_name, category, price, attributes
        )
        select
            p_tenant_id, now(),
            s.product_id, s.product_name, s.category, s.price, s.attributes
        from pg_temp.staged_product s
        order by s.product_id
        on conflict (tenant_id, product_id) do update set
            product_name = excluded.product_name, category = excluded.category, price = excluded.price,
            attributes = excluded.attributes, updated_at = excluded.updated_at
        where (
            r.product_name, r.category, r.price, r.attributes
        ) is distinct from (
            excluded.product_name, excluded.category, excluded.price, excluded.attributes
        )
        returning xmax = 0 as is_new
    )
    select count(*) filter (where d.is_new), count(*) filter (where not d.is_new) from recorded d;
end
$$;
