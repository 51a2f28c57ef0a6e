-- A digest of the rules that give leads their platform and channel, and sessions their channel: one row, maintained by
-- analytics.note_marketing_rules.
create table analytics.rule_digest (
    is_only boolean primary key default true check (is_only),
    digest text not null
);
