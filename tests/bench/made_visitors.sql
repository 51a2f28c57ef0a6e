-- {user_days} days on which somebody looked at a page, of a year up to {last}: each of a quarter as many devices comes back
-- about four times, some often.
insert into data.page_view (tenant_id, event_ts, event_id, batch_id, user_pseudo_id, session_id, road)
select '{tenant}', v.day + interval '9 hours' + random() * interval '8 hours', gen_random_uuid(), '{tenant}',
    'd' || v.device, v.device || '/' || v.day, 4
from (
    select distinct date '{last}' - floor(random() * 365)::integer as day,
        floor(random() ^ 1.3 * {user_days} / 4)::integer as device
    from generate_series(1, {user_days} + {user_days} / 8)
) v
order by v.day
limit {user_days};
