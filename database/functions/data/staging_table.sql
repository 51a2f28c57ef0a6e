-- Where COPY brings events before they are inserted under the policy: one per connection, emptied by each commit and by
-- each call, with no tenant in it. The definer owns it: a login role owns nothing, not even for a moment. Its columns
-- are those of the data service's StagedEvent, in order.
create or replace function data.staging_table()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if to_regclass('pg_temp.staged_event') is not null then
        delete from pg_temp.staged_event;
        return;
    end if;
    create temporary table staged_event (
        kind smallint not null,
        event_us bigint not null,
        event_id uuid not null,
        user_pseudo_id text,
        user_id text,
        session_id text,
        location_id text,
        page_location text,
        page_title text,
        subject text,
        value numeric,
        currency text,
        items jsonb,
        extra jsonb
    ) on commit delete rows;
    grant select, insert, delete on pg_temp.staged_event to branchwise_data;
end
$$;
