-- The words of users. Of all the ways to look for the beginning of a word only the comparisons of a btree are leakproof,
-- and so served by an index behind row-level security; "C": what begins alike stands together.
create table analytics.user_search_word (
    tenant_id uuid not null,
    word text collate "C" not null,
    user_id text not null,
    primary key (tenant_id, word, user_id)
);

-- Vacuumed early: how often a word is there is counted in the index alone.
alter table analytics.user_search_word set (autovacuum_vacuum_insert_scale_factor = 0.02);

alter table analytics.user_search_word enable row level security;
alter table analytics.user_search_word force row level security;
create policy tenant on analytics.user_search_word
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
