-- The data service writes its own schema; it checks its callers itself and reads the tenant's settings.
revoke all on
    data.page_view, data.view_item, data.add_to_cart, data.purchase,
    data.view_search_results, data.no_search_results, data.other_event,
    data.users, data.locations, data.user_device, data.batch, data.awaiting_job,
    data.import_file, data.import_reject, data.location_rule, data.road_day,
    data.ad_object,
    data.refused_hit, data.hit_count,
    data.source, data.source_cursor, data.measurement_stream, data.quality_flag, data.unknown_field,
    data.ad_performance, data.ad_performance_history, data.campaign,
    data.backfill_piece,
    data.shop_order, data.shop_refund, data.webhook_delivery,
    auth.tenant, auth.membership, auth.session, auth.api_key
from branchwise_data;

-- Parents only: a grant on a partition would let it be read past the policy.
grant usage on schema data, auth to branchwise_data;
grant select, insert, update on
    data.page_view, data.view_item, data.add_to_cart, data.purchase,
    data.view_search_results, data.no_search_results, data.other_event,
    data.users, data.locations, data.user_device, data.batch, data.awaiting_job,
    data.import_file, data.import_reject, data.location_rule, data.road_day,
    data.ad_object,
    data.refused_hit, data.hit_count,
    data.source, data.source_cursor, data.measurement_stream, data.quality_flag, data.unknown_field,
    data.ad_performance, data.ad_performance_history, data.campaign,
    data.backfill_piece,
    data.shop_order, data.shop_refund, data.webhook_delivery
to branchwise_data;
-- (of events that a better road, or the same one reading a day again, replaces, and of orders that are no longer paid)
grant delete on
    data.page_view, data.view_item, data.add_to_cart, data.purchase,
    data.view_search_results, data.no_search_results, data.other_event
to branchwise_data;
grant delete on data.refused_hit to branchwise_data;
grant delete on
    data.awaiting_job, data.source, data.source_cursor, data.quality_flag, data.campaign,
    data.shop_refund
to branchwise_data;
grant select on auth.tenant, auth.membership to branchwise_data;
-- (enough to check that the caller's session or key still exists)
grant select (session_id, account_id, expires_at, revoked_at) on auth.session to branchwise_data;
grant select (tenant_id, api_key_id, name, key_hash, scopes, expires_at, revoked_at) on auth.api_key to branchwise_data;

-- They create partitions and the staging table with the owner's rights: for nobody else.
revoke all on function data.ensure_month(date), data.staging_table() from public;
grant execute on function data.ensure_month(date), data.staging_table() to branchwise_data;

-- Ads: files' rows give way to a source's, and campaigns are looked after by members and teams.
revoke all on data.ad_turn, auth.team from branchwise_data;
grant select, insert, update on data.ad_turn to branchwise_data;
grant delete on data.ad_performance to branchwise_data;
grant select on auth.team to branchwise_data;
revoke all on data.ad_account from branchwise_data;
grant select, insert, update on data.ad_account to branchwise_data;

-- GA4: what a property allows, and its own counts by channel.
revoke all on data.quota_window, data.channel_day from branchwise_data;
grant select, insert, update, delete on data.quota_window, data.channel_day to branchwise_data;

-- Files: leads, contracts and products, and where their rows are staged.
revoke all on data.lead_turn, data.lead, data.contract, data.product from branchwise_data;
grant select, insert, update on data.lead_turn, data.lead, data.contract, data.product to branchwise_data;
revoke all on function data.staging_rows() from public;
grant execute on function data.staging_rows() to branchwise_data;

-- What other currencies were worth.
revoke all on data.fx_rate from branchwise_data;
grant select, insert, update on data.fx_rate to branchwise_data;

-- Erasures: who is being erased; the other services that have something of them read it too.
revoke all on data.erasure from branchwise_data;
grant select, insert, update on data.erasure to branchwise_data;
grant delete on data.users, data.user_device, data.import_reject, data.webhook_delivery to branchwise_data;

-- Events that are removed by age.
revoke all on data.retention from branchwise_data;
grant select, insert, update on data.retention to branchwise_data;
