-- Upkeep of marketing's tables.
drop index analytics.v6_campaign_roi_daily_campaign;
drop index analytics.lead_hour_day;
alter table analytics.lead_hour
    drop constraint lead_hour_pkey,
    add primary key (tenant_id, day, hour, channel);
alter table analytics.v6_campaign_roi_daily set (fillfactor = 50);
alter table analytics.platform_day set (fillfactor = 50);

create table analytics.rule_digest (
    is_only boolean primary key default true check (is_only),
    digest text not null
);
