-- What each user of data.users is found by, maintained by analytics.index_users: which of their words are in
-- analytics.user_search_word.
create table analytics.user_search (
    tenant_id uuid not null,
    user_id text not null,
    words text not null, -- as analytics.search_text makes them; '': nothing is known yet
    primary key (tenant_id, user_id)
);

alter table analytics.user_search enable row level security;
alter table analytics.user_search force row level security;
create policy tenant on analytics.user_search
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
