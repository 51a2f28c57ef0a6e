-- The values of utm_medium that mark a lead as paid for.
create table analytics.paid_medium (
    medium text primary key -- in lower case
);
