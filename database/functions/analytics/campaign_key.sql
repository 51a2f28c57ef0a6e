-- A campaign as it was reported, in one word: by account and id. An account that contains a slash differs from one that
-- ends before it.
create or replace function analytics.campaign_key(p_account_id text, p_campaign_key text)
returns text
language sql immutable parallel safe
as $$
    select replace(p_account_id, '/', E'\x1f') || '/' || p_campaign_key
$$;
