-- Jobs that failed lately, of all tenants together, are counted at each scrape.
create index job_failed on analytics.job (finished_at) where status = 'failed';
create index job_failed on auth.job (finished_at) where status = 'failed';
create index job_failed on data.job (finished_at) where status = 'failed';
create index job_failed on email.job (finished_at) where status = 'failed';
create index job_failed on insights.job (finished_at) where status = 'failed';
create index job_failed on realtime.job (finished_at) where status = 'failed';

-- Settings in which nobody chose how many alerts they want: those that stand name a number, and count as before.
alter table insights.alert_setting alter column alerts_per_week drop not null;
