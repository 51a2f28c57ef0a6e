-- Which platform a host belongs to by its name: `google` is that of www.google.com and of google.co.uk.
create table analytics.platform_host (
    name text primary key,
    platform text not null
);
