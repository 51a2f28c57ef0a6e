-- The words by which a transaction's clicks name campaigns. If one comes to mean another campaign, these transactions
-- are placed again.
create table analytics.ledger_word (
    tenant_id uuid not null,
    word_id uuid not null, -- identifies platform and word: a word may be too long for an index
    transaction_id text not null,
    primary key (tenant_id, transaction_id, word_id)
);

create index ledger_word_word on analytics.ledger_word (tenant_id, word_id);

alter table analytics.ledger_word enable row level security;
alter table analytics.ledger_word force row level security;
create policy tenant on analytics.ledger_word
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
