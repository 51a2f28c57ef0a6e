-- Which platform a lead's utm_source means, by name. For all tenants; more are added by who runs the system.
create table analytics.platform_source (
    source text primary key, -- in lower case
    platform text not null
);
