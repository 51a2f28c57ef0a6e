-- analytics.session_search summed over the months before rollup_state.tops_until, by term, for the whole company.
create table analytics.search_term_month (
    tenant_id uuid not null,
    month date not null, -- its first day
    term_key uuid not null, -- identifies search_term: a text may be too long for an index
    search_term text not null,
    searches bigint not null,
    no_result_searches bigint not null,
    primary key (tenant_id, month, term_key)
);

alter table analytics.search_term_month enable row level security;
alter table analytics.search_term_month force row level security;
create policy tenant on analytics.search_term_month
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
