-- The utm_medium of leads that were paid for.
create table analytics.paid_medium (
    medium text primary key -- in lower case
);
