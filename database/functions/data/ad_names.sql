-- Under which account and word a file may mean a platform's campaign: its account or none, its id or its name (some
-- exports have no ids, and their names stand for them), whatever the letters' case.
create or replace function data.ad_names(p_account_id text, p_campaign_id text, p_campaign_name text)
returns table (account_id text, campaign text)
language sql
immutable
as $$
    select distinct a.account_id, lower(c.word)
    from unnest(array[p_account_id, '']) as a (account_id)
    cross join unnest(array[p_campaign_id, p_campaign_name]) as c (word)
$$;
