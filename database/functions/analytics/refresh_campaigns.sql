-- Rebuilds the tenant's campaigns, and the words by which leads and ads mean them. Days on which a word now means
-- another campaign become dirty, and so do those of a renamed campaign: answers about them show its name.
create or replace function analytics.refresh_campaigns(p_tenant_id uuid)
returns void
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
begin
    -- On most days only figures change, no names or ids.
    if not analytics.refresh_campaign_months(p_tenant_id) and not exists (select from pg_temp.dirty_campaigns) then
        return;
    end if;
    perform analytics.refresh_campaign_nodes(p_tenant_id);

    delete from analytics.campaign c
    where
        c.tenant_id = p_tenant_id
        and not exists (
            select from pg_temp.campaign_node n
            where n.platform = c.platform and n.campaign_ref = c.campaign_ref and n.is_itself
        );
    with named as (
        insert into analytics.campaign as c (tenant_id, platform, campaign_ref, account_id, external_id, name)
        select p_tenant_id, n.platform, n.campaign_ref, n.account_id, n.external_id, n.name
        from pg_temp.campaign_node n
        where n.is_itself
        on conflict (tenant_id, platform, campaign_ref) do update set
            account_id = excluded.account_id, external_id = excluded.external_id, name = excluded.name
        where (c.account_id, c.external_id, c.name)
            is distinct from (excluded.account_id, excluded.external_id, excluded.name)
        returning c.platform, c.campaign_ref, xmax <> 0 as is_renamed
    )
    insert into pg_temp.ad_day
    select distinct r.day
    from named n
    inner join analytics.v6_campaign_roi_daily r
        on r.tenant_id = p_tenant_id and r.platform = n.platform and r.campaign_ref = n.campaign_ref
    where n.is_renamed
    on conflict do nothing;

    perform analytics.refresh_campaign_words(p_tenant_id);
end
$$;
