-- Links of a report: to a customer's tasks, to the full list, to unsubscribe. Only the hash of a token is stored.
create table email.link (
    tenant_id uuid not null,
    token_hash bytea not null,
    purpose text not null check (purpose in ('customer', 'list', 'unsubscribe')),
    delivery_id uuid not null,
    customer_no int check ((customer_no is not null) = (purpose = 'customer')),
    expires_at timestamptz, -- the link to unsubscribe never expires
    primary key (tenant_id, token_hash)
);

-- Somebody who follows a link has no tenant yet.
create index link_by_hash on email.link (token_hash);
create index link_of_delivery on email.link (tenant_id, delivery_id);

alter table email.link enable row level security;
alter table email.link force row level security;
create policy tenant on email.link
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table email.link add foreign key (tenant_id, delivery_id)
    references email.delivery (tenant_id, delivery_id) on delete cascade;
