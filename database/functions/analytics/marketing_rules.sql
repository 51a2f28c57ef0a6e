-- By which rules leads get their platform and channel now, and sessions their channel: where it is another text than they
-- were made with, they are made anew. Kept beside the rules, since the refresher asks at every look.
create or replace function analytics.marketing_rules()
returns text
language sql
stable
as $$
    select coalesce((select d.digest from analytics.rule_digest d), '')
$$;
