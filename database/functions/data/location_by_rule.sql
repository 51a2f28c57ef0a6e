-- The location of a stored event by a rule (`place` is event_param, user_property or geo), as at its import:
-- services/data_service/domain/events/location_rule.py. A location that was posted with the event stays, also on the
-- shop's order of that event.
create or replace function data.location_by_rule(
    p_place text, p_name text, p_road smallint, p_extra jsonb,
    p_session_id text, p_page_location text, p_page_title text
) returns text
language sql
immutable
as $$
    select case when octet_length(found.location) <= 256 then found.location end
    from (
        select case
            when p_road in (4, 5) and p_extra ? 'location_id' then p_extra ->> 'location_id'
            when p_place = 'user_property' then data.text_of(p_extra -> 'user_properties' -> p_name)
            when p_place = 'geo' then data.text_of(p_extra -> 'geo' -> p_name)
            when p_place <> 'event_param' then null
            when p_name = 'ga_session_id' then p_session_id
            when p_name = 'page_location' then p_page_location
            when p_name = 'page_title' then p_page_title
            else data.text_of(p_extra -> 'params' -> p_name)
        end as location
    ) found
$$;
