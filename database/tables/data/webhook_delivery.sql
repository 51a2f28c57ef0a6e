-- What a shop's webhooks have pointed at, and what broke its lists. One row a thing: a thousand deliveries about one
-- order are one look at it.
create table data.webhook_delivery (
    tenant_id uuid not null,
    source_id uuid not null,
    resource text not null, -- 'order', 'customer', 'product'
    resource_id text not null,
    topic text not null, -- of the last delivery: 'order.updated', …; 'list': there was none
    deliveries bigint not null, -- how many came
    looked_at_delivery bigint not null default 0, -- how many of them had come when the shop was last asked about it
    first_at timestamptz not null default now(),
    last_at timestamptz not null default now(),
    -- When it was pointed at, if the shop answered with an error of its own; that day is flagged. Asked again at night.
    unanswered_at timestamptz,
    primary key (tenant_id, source_id, resource, resource_id)
);

create index webhook_delivery_waiting on data.webhook_delivery (tenant_id, source_id)
where looked_at_delivery < deliveries;
-- What is retried at night.
create index webhook_delivery_unanswered on data.webhook_delivery (tenant_id, source_id)
where unanswered_at is not null;

alter table data.webhook_delivery enable row level security;
alter table data.webhook_delivery force row level security;
create policy tenant on data.webhook_delivery
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table data.webhook_delivery add foreign key (tenant_id, source_id)
    references data.source (tenant_id, source_id) on delete cascade;
