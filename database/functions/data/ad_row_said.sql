-- The content of a row of data.ad_performance for its history: everything but its key.
create or replace function data.ad_row_said(p_row data.ad_performance) returns jsonb
language sql
stable
as $$
    select to_jsonb(p_row) - array['tenant_id', 'platform', 'account_id', 'campaign_id', 'campaign_key', 'day']
$$;
