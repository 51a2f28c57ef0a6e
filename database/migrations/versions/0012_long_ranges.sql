-- What reads of long ranges rest on.

-- A branch's row of a day says how many users it had, and how many of them came twice: it was counted at each look.
-- (Under FORCE the owner sees no rows. Days whose visits have left by age stay without, as they were answered.)
alter table analytics.day_total no force row level security;
alter table analytics.visit_day no force row level security;
alter table analytics.session no force row level security;
update analytics.day_total t
set fresh = array[u.users], second = array[coalesce(b.users, 0)]
from (
    select x.tenant_id, x.location_id, x.day, count(x.u)::integer as users
    from (
        select distinct v.tenant_id, v.location_id, v.day, v.u from analytics.visit_day v where v.location_id <> ''
    ) x
    group by 1, 2, 3
) u
left join (
    select x.tenant_id, x.location_id, x.day, count(*)::integer as users
    from (
        select s.tenant_id, s.location_id, s.day
        from analytics.session s
        where s.location_id is not null
        group by s.tenant_id, s.location_id, s.day, s.u
        having count(*) >= 2
    ) x
    group by 1, 2, 3
) b on b.tenant_id = u.tenant_id and b.location_id = u.location_id and b.day = u.day
where t.tenant_id = u.tenant_id and t.location_id = u.location_id and t.day = u.day;
alter table analytics.day_total force row level security;
alter table analytics.visit_day force row level security;
alter table analytics.session force row level security;

-- A channel's days of spend are read from the key alone: a campaign's days lie on as many pages as there are days.
alter table analytics.v6_campaign_roi_daily drop constraint v6_campaign_roi_daily_pkey;
alter table analytics.v6_campaign_roi_daily add primary key (tenant_id, platform, campaign_ref, day) include (spend);
