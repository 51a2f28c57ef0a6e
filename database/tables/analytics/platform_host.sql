-- Which platform a lead comes from whose only trace is the page that linked: its host, or any below it.
create table analytics.platform_host (
    host text primary key,
    platform text not null
);
