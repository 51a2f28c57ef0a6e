-- A digest of the rules by which leads get their platform and channel, and sessions their channel: one row, which
-- analytics.note_marketing_rules keeps.
create table analytics.rule_digest (
    is_only boolean primary key default true check (is_only),
    digest text not null
);
