-- What kind of site a traffic source is, as GA4 lists them. One list for every tenant: the tables channel_source and
-- channel_rule hold nobody's data. Shipped rows are put in by database/reference, again with every upgrade; the operator's
-- own stay, and win over a shipped one of the same source.
create table analytics.channel_source (
    source text primary key, -- lower case, as utm_source or the referring host tells it
    category text check (category in ('search', 'social', 'shopping', 'video')), -- null: none, whatever was shipped
    is_own boolean not null default true, -- the operator's: no upgrade touches it
    check (source = lower(source))
);
