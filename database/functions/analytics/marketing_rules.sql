-- The present rules that give leads their platform and channel, and sessions their channel, as a text: if it differs
-- from the text they were made with, they are made again. It is stored beside the rules, because the refresher asks at
-- every look.
create or replace function analytics.marketing_rules()
returns text
language sql
stable
as $$
    select coalesce((select d.digest from analytics.rule_digest d), '')
$$;
