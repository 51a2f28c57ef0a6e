-- What kind of site a traffic source is, as GA4 lists them. One list for every tenant: the tables channel_source and
-- channel_rule hold nobody's data. database/reference inserts the shipped rows, again with every upgrade. The
-- operator's own rows stay, and win over a shipped one of the same source.
create table analytics.channel_source (
    source text primary key, -- lower case, as in utm_source or the referring host
    category text check (category in ('search', 'social', 'shopping', 'video')), -- null: none, despite a shipped one
    is_own boolean not null default true, -- the operator's: no upgrade touches it
    check (source = lower(source))
);
