-- Changes of figures are counted by their index alone: read row by row, a company's are among all others'.
drop index analytics.figure_change_day;
create index figure_change_day on analytics.figure_change (tenant_id, day) include (platform);
