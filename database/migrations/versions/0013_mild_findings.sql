-- What is mild, and told where more is wanted than there is other news.
alter table insights.candidate add column is_mild boolean not null default false;
