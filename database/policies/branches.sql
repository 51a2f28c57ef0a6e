-- Callers who are limited to branches (app.branch_codes: a rep) read their rows only, whatever a statement asks for;
-- nobody else is affected. Restrictive, so that the tenants' policies stay as they are. For the services' roles and not
-- for the owner: the few functions that return what a rep's own customers have elsewhere run as the owner.
--
-- How they are written: a sub-select is evaluated once a statement, not once a row; without the setting it is null, and
-- whatever is compared with it is then distinct from 0 without being looked at. As an integer, because the planner
-- expects nearly every row to pass "distinct from 0", which is so for everybody but reps; for "= any" it expects a few,
-- and would plan badly for all. The setting is read in place: a function around it would be parsed for every plan.
-- A row without a branch belongs to none of them.

drop policy if exists own_branches on analytics.sale;
create policy own_branches on analytics.sale as restrictive to branchwise_analytics, branchwise_email, branchwise_insights
    using (
        (coalesce(location_id, '') = any((select nullif(current_setting('app.branch_codes', true), '')::text[])::text[]))::integer
        is distinct from 0
    );

drop policy if exists own_branches on analytics.open_cart;
create policy own_branches on analytics.open_cart as restrictive to branchwise_analytics, branchwise_email
    using (
        (coalesce(location_id, '') = any((select nullif(current_setting('app.branch_codes', true), '')::text[])::text[]))::integer
        is distinct from 0
    );

drop policy if exists own_branches on analytics.session_search;
create policy own_branches on analytics.session_search as restrictive to branchwise_analytics, branchwise_email, branchwise_insights
    using (
        (coalesce(location_id, '') = any((select nullif(current_setting('app.branch_codes', true), '')::text[])::text[]))::integer
        is distinct from 0
    );

drop policy if exists own_branches on analytics.session;
create policy own_branches on analytics.session as restrictive to branchwise_analytics, branchwise_email, branchwise_insights
    using (
        (coalesce(last_location_id, '') = any((select nullif(current_setting('app.branch_codes', true), '')::text[])::text[]))::integer
        is distinct from 0
    );

drop policy if exists own_branches on analytics.visit_day;
create policy own_branches on analytics.visit_day as restrictive to branchwise_analytics, branchwise_email
    using (
        (location_id = any((select nullif(current_setting('app.branch_codes', true), '')::text[])::text[]))::integer
        is distinct from 0
    );

drop policy if exists own_branches on analytics.day_total;
create policy own_branches on analytics.day_total as restrictive to branchwise_analytics, branchwise_email, branchwise_insights
    using (
        (location_id = any((select nullif(current_setting('app.branch_codes', true), '')::text[])::text[]))::integer
        is distinct from 0
    );

-- The status of a task is read with the task. Callers who may read more than they may work (an analyst with branches)
-- work only those of app.work_branch_codes.
drop policy if exists own_branches on analytics.task_status;
create policy own_branches on analytics.task_status as restrictive to branchwise_analytics, branchwise_email
    using (
        analytics.task_lies_within(
            tenant_id, kind, task_key, (select nullif(current_setting('app.branch_codes', true), '')::text[])
        )::integer
        is distinct from 0
    );
drop policy if exists own_branches_added on analytics.task_status;
create policy own_branches_added on analytics.task_status as restrictive for insert to branchwise_analytics
    with check (
        analytics.task_lies_within(
            tenant_id, kind, task_key, (select nullif(current_setting('app.work_branch_codes', true), '')::text[])
        ) is not false
    );
drop policy if exists own_branches_changed on analytics.task_status;
create policy own_branches_changed on analytics.task_status as restrictive for update to branchwise_analytics
    using (
        analytics.task_lies_within(
            tenant_id, kind, task_key, (select nullif(current_setting('app.work_branch_codes', true), '')::text[])
        ) is not false
    );
drop policy if exists own_branches_removed on analytics.task_status;
create policy own_branches_removed on analytics.task_status as restrictive for delete to branchwise_analytics
    using (
        analytics.task_lies_within(
            tenant_id, kind, task_key, (select nullif(current_setting('app.work_branch_codes', true), '')::text[])
        ) is not false
    );

-- The raw rows have a branch only if they name it themselves: they are closed to callers who are limited to branches.
-- (The data service's own calls need data:read or data:write, which mean the whole company.)
drop policy if exists no_raw_rows on data.page_view;
create policy no_raw_rows on data.page_view as restrictive to branchwise_analytics
    using ((select nullif(current_setting('app.branch_codes', true), '')) is null);
drop policy if exists no_raw_rows on data.view_item;
create policy no_raw_rows on data.view_item as restrictive to branchwise_analytics
    using ((select nullif(current_setting('app.branch_codes', true), '')) is null);
drop policy if exists no_raw_rows on data.add_to_cart;
create policy no_raw_rows on data.add_to_cart as restrictive to branchwise_analytics
    using ((select nullif(current_setting('app.branch_codes', true), '')) is null);
drop policy if exists no_raw_rows on data.purchase;
create policy no_raw_rows on data.purchase as restrictive to branchwise_analytics
    using ((select nullif(current_setting('app.branch_codes', true), '')) is null);
drop policy if exists no_raw_rows on data.view_search_results;
create policy no_raw_rows on data.view_search_results as restrictive to branchwise_analytics
    using ((select nullif(current_setting('app.branch_codes', true), '')) is null);
drop policy if exists no_raw_rows on data.no_search_results;
create policy no_raw_rows on data.no_search_results as restrictive to branchwise_analytics
    using ((select nullif(current_setting('app.branch_codes', true), '')) is null);
drop policy if exists no_raw_rows on data.other_event;
create policy no_raw_rows on data.other_event as restrictive to branchwise_analytics
    using ((select nullif(current_setting('app.branch_codes', true), '')) is null);

-- Marketing's tables are about the whole company, so callers who are limited to branches read none of them. (Written so
-- that the planner expects all rows to pass, see above.)
drop policy if exists whole_company on analytics.campaign;
create policy whole_company on analytics.campaign as restrictive to branchwise_analytics, branchwise_insights
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists whole_company on analytics.campaign_word;
create policy whole_company on analytics.campaign_word as restrictive to branchwise_analytics
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists whole_company on analytics.campaign_month;
create policy whole_company on analytics.campaign_month as restrictive to branchwise_analytics
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists whole_company on analytics.fact_leads;
create policy whole_company on analytics.fact_leads as restrictive to branchwise_analytics, branchwise_insights
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists whole_company on analytics.fact_leads_month;
create policy whole_company on analytics.fact_leads_month as restrictive to branchwise_analytics
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists whole_company on analytics.stray_lead_month;
create policy whole_company on analytics.stray_lead_month as restrictive to branchwise_analytics
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists whole_company on analytics.lead_channel_day;
create policy whole_company on analytics.lead_channel_day as restrictive to branchwise_analytics, branchwise_insights
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists whole_company on analytics.lead_hour;
create policy whole_company on analytics.lead_hour as restrictive to branchwise_analytics, branchwise_insights
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists whole_company on analytics.v6_campaign_roi_daily;
create policy whole_company on analytics.v6_campaign_roi_daily as restrictive to branchwise_analytics, branchwise_insights
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists whole_company on analytics.v6_campaign_roi_monthly;
create policy whole_company on analytics.v6_campaign_roi_monthly as restrictive to branchwise_analytics, branchwise_insights
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists whole_company on analytics.platform_day;
create policy whole_company on analytics.platform_day as restrictive to branchwise_analytics, branchwise_insights
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists whole_company on analytics.platform_month;
create policy whole_company on analytics.platform_month as restrictive to branchwise_analytics
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists whole_company on analytics.product_day;
create policy whole_company on analytics.product_day as restrictive to branchwise_analytics, branchwise_insights
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists whole_company on analytics.product_month;
create policy whole_company on analytics.product_month as restrictive to branchwise_analytics, branchwise_insights
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists whole_company on analytics.search_term_month;
create policy whole_company on analytics.search_term_month as restrictive to branchwise_analytics
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists whole_company on analytics.item_sale_month;
create policy whole_company on analytics.item_sale_month as restrictive to branchwise_analytics
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists whole_company on analytics.v6_product_performance;
create policy whole_company on analytics.v6_product_performance as restrictive to branchwise_analytics, branchwise_insights
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists whole_company on analytics.v6_branch_performance;
create policy whole_company on analytics.v6_branch_performance as restrictive to branchwise_analytics, branchwise_insights
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists whole_company on analytics.unconverted_day;
create policy whole_company on analytics.unconverted_day as restrictive to branchwise_analytics
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists whole_company on analytics.refund;
create policy whole_company on analytics.refund as restrictive to branchwise_analytics
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists whole_company on analytics.ledger_entry;
create policy whole_company on analytics.ledger_entry as restrictive to branchwise_analytics
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists whole_company on analytics.ledger_word;
create policy whole_company on analytics.ledger_word as restrictive to branchwise_analytics
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists whole_company on analytics.ledger_total;
create policy whole_company on analytics.ledger_total as restrictive to branchwise_analytics
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists whole_company on analytics.closed_day;
create policy whole_company on analytics.closed_day as restrictive to branchwise_analytics
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists whole_company on analytics.figure_change;
create policy whole_company on analytics.figure_change as restrictive to branchwise_analytics
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists no_raw_rows on data.lead;
create policy no_raw_rows on data.lead as restrictive to branchwise_analytics
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists no_raw_rows on data.contract;
create policy no_raw_rows on data.contract as restrictive to branchwise_analytics
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists no_raw_rows on data.ad_performance;
create policy no_raw_rows on data.ad_performance as restrictive to branchwise_analytics
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists no_raw_rows on data.shop_order;
create policy no_raw_rows on data.shop_order as restrictive to branchwise_analytics
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists no_raw_rows on data.shop_refund;
create policy no_raw_rows on data.shop_refund as restrictive to branchwise_analytics
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists no_raw_rows on data.ad_account;
create policy no_raw_rows on data.ad_account as restrictive to branchwise_analytics
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists no_raw_rows on data.quality_flag;
create policy no_raw_rows on data.quality_flag as restrictive to branchwise_analytics
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists whole_company on analytics.difference;
create policy whole_company on analytics.difference as restrictive to branchwise_analytics
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists whole_company on analytics.follow_up;
create policy whole_company on analytics.follow_up as restrictive to branchwise_analytics
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists whole_company on analytics.follow_up_total;
create policy whole_company on analytics.follow_up_total as restrictive to branchwise_analytics
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists whole_company on analytics.goal;
create policy whole_company on analytics.goal as restrictive to branchwise_analytics
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists whole_company on analytics.snapshot;
create policy whole_company on analytics.snapshot as restrictive to branchwise_analytics
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);

drop policy if exists whole_company on analytics.retained_export;
create policy whole_company on analytics.retained_export as restrictive to branchwise_analytics
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);

-- Search must not reveal who else is a customer.
drop policy if exists no_users on analytics.user_search;
create policy no_users on analytics.user_search as restrictive to branchwise_analytics
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists no_users on analytics.user_search_word;
create policy no_users on analytics.user_search_word as restrictive to branchwise_analytics
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);

-- Only the services may see who is being erased.
drop policy if exists whole_company on data.erasure;
create policy whole_company on data.erasure as restrictive to branchwise_analytics, branchwise_email
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
-- Nor may they see where the company's visits came from.
drop policy if exists no_raw_rows on data.channel_day;
create policy no_raw_rows on data.channel_day as restrictive to branchwise_analytics
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists no_raw_rows on data.user_device;
create policy no_raw_rows on data.user_device as restrictive to branchwise_analytics
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists whole_company on analytics.traffic_hour;
create policy whole_company on analytics.traffic_hour as restrictive to branchwise_analytics, branchwise_insights
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists whole_company on analytics.traffic_day;
create policy whole_company on analytics.traffic_day as restrictive to branchwise_analytics, branchwise_insights
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists whole_company on analytics.traffic_month;
create policy whole_company on analytics.traffic_month as restrictive to branchwise_analytics
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);

-- Insights are judged for the whole company, and name other branches.
drop policy if exists whole_company on insights.insight;
create policy whole_company on insights.insight as restrictive to branchwise_insights
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists whole_company on insights.feedback;
create policy whole_company on insights.feedback as restrictive to branchwise_insights
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists whole_company on insights.alert_setting;
create policy whole_company on insights.alert_setting as restrictive to branchwise_insights
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists whole_company on insights.candidate;
create policy whole_company on insights.candidate as restrictive to branchwise_insights
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists whole_company on insights.declared_event;
create policy whole_company on insights.declared_event as restrictive to branchwise_insights
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists whole_company on insights.recipient;
create policy whole_company on insights.recipient as restrictive to branchwise_insights
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists whole_company on insights.shown_to;
create policy whole_company on insights.shown_to as restrictive to branchwise_insights
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists whole_company on insights.look;
create policy whole_company on insights.look as restrictive to branchwise_insights
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
drop policy if exists whole_company on insights.generation;
create policy whole_company on insights.generation as restrictive to branchwise_insights
    using (((select nullif(current_setting('app.branch_codes', true), '')) is not null)::integer is distinct from 1);
