-- Which days of p_from to p_to are summed by month in search_term_month and item_sale_month: from since to before
-- until; if none are, both are the day after p_to. Not for a branch's or a rep's figures.
create or replace function analytics.summed_top_months(p_tenant_id uuid, p_from date, p_to date, p_location_id text)
returns table (since date, until date)
language plpgsql stable
as $$
begin
    since := analytics.first_whole_month(p_from);
    select least(r.tops_until, analytics.whole_months_end(p_to)) into until
    from analytics.rollup_state r
    where r.tenant_id = p_tenant_id and r.tops_until is not null
        and p_location_id is null and nullif(current_setting('app.branch_codes', true), '') is null;
    if until is null or until <= since then
        since := p_to + 1;
        until := p_to + 1;
    end if;
    return next;
end
$$;
