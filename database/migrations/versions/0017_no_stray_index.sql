-- Months answer for most of a range; at its edges, a lead without campaign is found among all leads of these days in a
-- millisecond or two. To keep an index of them cost a twelfth of what a fact costs.
drop index analytics.fact_leads_stray;
