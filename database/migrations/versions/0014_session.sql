-- Jobs that failed lately, of all tenants together, are counted at each scrape.
create index job_failed on analytics.job (finished_at) where status = 'failed';
create index job_failed on auth.job (finished_at) where status = 'failed';
create index job_failed on data.job (finished_at) where status = 'failed';
create index job_failed on email.job (finished_at) where status = 'failed';
create index job_failed on insights.job (finished_at) where status = 'failed';
create index job_failed on realtime.job (finished_at) where status = 'failed';
