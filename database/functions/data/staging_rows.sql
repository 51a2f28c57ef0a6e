-- Where COPY brings the rows of files before they are inserted under the policy, one table for each kind of file;
-- created once per connection and emptied by each commit, with no tenant in them. As with data.staging_table, the
-- definer owns them. Their columns are those of the data service's kinds of file (domain/csv_files/kinds.py), in order.
create or replace function data.staging_rows()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if to_regclass('pg_temp.staged_lead') is not null then
        -- Rows left by an earlier batch of the same transaction.
        delete from pg_temp.staged_lead;
        delete from pg_temp.staged_contract;
        delete from pg_temp.staged_product;
        delete from pg_temp.staged_fx_rate;
        return;
    end if;
    create temporary table staged_lead (
        lead_id text not null, created_day date, created_at timestamptz, name text, email text, phone text,
        utm_source text, utm_medium text, utm_campaign text, utm_id text, utm_term text, utm_content text,
        gclid text, gbraid text, wbraid text, fbclid text, fbc text, referrer text, product_id text,
        product_name text, location_id text, is_paid boolean, platform text, attributes jsonb
    ) on commit delete rows;
    create temporary table staged_contract (
        contract_id text not null, lead_id text, signed_day date, signed_at timestamptz, amount numeric,
        currency text, status text, attributes jsonb
    ) on commit delete rows;
    create temporary table staged_product (
        product_id text not null, product_name text, category text, price numeric, attributes jsonb
    ) on commit delete rows;
    create temporary table staged_fx_rate (
        date date not null, currency text not null, base text not null, rate numeric not null
    ) on commit delete rows;
    grant select, insert on
        pg_temp.staged_lead, pg_temp.staged_contract, pg_temp.staged_product, pg_temp.staged_fx_rate
    to branchwise_data;
end
$$;
