-- The refresher's working tables, made once per connection and emptied at each commit. They hold one tenant at a time.
-- The definer owns them: a login role owns nothing, not even for a moment.
create or replace function analytics.refresh_tables()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if to_regclass('pg_temp.dirty_span') is not null then
        return;
    end if;
    -- Whose rows to read again: a device, or ('', user) for rows without one. dirty_* is what changed; [lo, hi) whole
    -- days that also hold every session touched.
    create temp table dirty_span (
        device text not null, owner text not null, dirty_lo timestamptz, dirty_hi timestamptz,
        lo timestamptz, hi timestamptz, is_read boolean not null default false
    ) on commit delete rows;
    create temp table event_row (
        kind text not null, event_ts timestamptz not null, event_id uuid not null, device text not null,
        user_id text, session_id text, location_id text, search_term text, transaction_id text,
        amount numeric, currency text, items jsonb
    ) on commit delete rows;
    create temp table dirty_session (device text not null, session_id text not null) on commit delete rows;
    create temp table session_row (
        device text not null, session_id text not null, kind text not null, event_ts timestamptz not null,
        event_id uuid not null, user_id text, location_id text, search_term text, amount numeric, currency text,
        items jsonb
    ) on commit delete rows;
    create temp table home_user (user_id text not null) on commit delete rows;
    create temp table rekeyed_device (device text not null) on commit delete rows;
    -- Users whose visits, sessions or purchases changed, and days whose totals did.
    create temp table changed_user (u text not null) on commit delete rows;
    create temp table changed_day (day date not null) on commit delete rows;
    create temp table user_link (
        u text not null, day date not null, prev_day date
    ) on commit delete rows;
    create temp table session_link (
        user_pseudo_id text not null, session_id text not null, day date not null, prev_day date, prev2_day date,
        next_day date, old_prev_day date, old_prev2_day date, old_next_day date
    ) on commit delete rows;
    grant select, insert, update, delete on
        pg_temp.dirty_span, pg_temp.event_row, pg_temp.dirty_session, pg_temp.session_row, pg_temp.home_user,
        pg_temp.rekeyed_device, pg_temp.changed_user, pg_temp.changed_day, pg_temp.user_link, pg_temp.session_link
    to branchwise_analytics;
end
$$;
revoke all on function analytics.refresh_tables() from public;
