-- stub, replaced by the slice of channels
create or replace function analytics.channel_of(p_source text, p_medium text, p_campaign text)
returns text
language sql
stable
as $$
    select case when coalesce(p_source, '') = '' then 'direct' else 'referral' end
$$;
