-- Whose rows these are is asked once a statement, not once a row: a refresh writes tens of thousands of them in one.
alter policy tenant on analytics.fact_leads
    using (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid))
    with check (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid));
alter policy tenant on analytics.v6_campaign_roi_daily
    using (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid))
    with check (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid));
