-- Which platform a host belongs to, by its name: `google` is that of www.google.com and of google.co.uk.
create table analytics.platform_host (
    name text primary key,
    platform text not null,
    is_own boolean not null default true -- the operator's: no upgrade touches it
);
