-- The places (from 1) of a file's rows without an account whose campaign exists in several accounts: nobody can tell
-- which of them such a row belongs to. Takes the turn of those who write the tenant's ads.
create or replace function data.ads_of_several_accounts(
    p_tenant_id uuid, p_platforms text[], p_campaign_ids text[], p_campaign_names text[]
)
returns bigint[]
language plpgsql
-- As in data.record_ad_performance.
set enable_nestloop to off
set enable_mergejoin to off
set jit to off
as $$
begin
    perform data.take_ad_turn(p_tenant_id);

    return (
        with given as (
            select r.*, unnest(array[lower(r.campaign_id), lower(r.campaign_name)]) as word
            from unnest(p_platforms, p_campaign_ids, p_campaign_names) with ordinality
                as r (platform, campaign_id, campaign_name, place)
        ),
        kept as (
            select
                c.platform, c.account_id, c.external_id, c.name,
                unnest(array[lower(c.external_id), lower(c.name)]) as word
            from data.campaign c
            where
                c.tenant_id = p_tenant_id and c.platform = any(p_platforms) and c.account_id <> ''
                and c.external_id is not null
        )
        select array_agg(several.place order by several.place)
        from (
            select g.place
            from given g
            join kept k on k.platform = g.platform and k.word = g.word
            where
                data.is_same_campaign('', g.campaign_id, g.campaign_name, k.account_id, k.external_id, k.name)
            group by g.place
            having count(distinct k.account_id) > 1
        ) several
    );
end
$$;
