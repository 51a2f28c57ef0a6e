-- The channel that a platform's ads bring visits by: that of a paid visit from there, by the tables channel_rule and
-- channel_source; for platforms that GA4's list of sites does not name, by what they are.
create or replace function analytics.paid_channel_of(p_platform text)
returns text
language sql stable
as $$
select case
    when p_platform = 'meta' then 'paid-social'
    when p_platform in ('shopee', 'lazada') then 'paid-shopping'
    else analytics.channel_of(p_platform, 'cpc', null)
end
$$;
