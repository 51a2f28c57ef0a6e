-- The words of users. To find the beginning of a word, only the comparisons of a btree are leakproof, and so can use an
-- index under row-level security. "C": words that begin alike are next to each other.
create table analytics.user_search_word (
    tenant_id uuid not null,
    word text collate "C" not null,
    user_id text not null,
    primary key (tenant_id, word, user_id)
);

-- Vacuumed early: how often a word occurs is counted in the index alone.
alter table analytics.user_search_word set (autovacuum_vacuum_insert_scale_factor = 0.02);

alter table analytics.user_search_word enable row level security;
alter table analytics.user_search_word force row level security;
create policy tenant on analytics.user_search_word
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
