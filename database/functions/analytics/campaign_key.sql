-- A campaign as it was told, in one word: by account and id. An account with a slash is none that ends before it.
create or replace function analytics.campaign_key(p_account_id text, p_campaign_key text)
returns text
language sql immutable parallel safe
as $$
    select replace(p_account_id, '/', E'\x1f') || '/' || p_campaign_key
$$;
