-- Which platform a lead's utm_source names. One list for every tenant, like channel_source.
create table analytics.platform_source (
    source text primary key, -- in lower case
    platform text not null,
    is_own boolean not null default true -- the operator's: no upgrade touches it
);
