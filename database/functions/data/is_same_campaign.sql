-- Whether two rows of a platform mean the same campaign: the account is the same, or one of them names none; the id is
-- the same, or the name if one of them has it for its id too (some exports have no ids). Upper and lower case are the
-- same.
create or replace function data.is_same_campaign(
    p_account_id text, p_campaign_id text, p_name text,
    p_other_account_id text, p_other_campaign_id text, p_other_name text
)
returns boolean
language sql
immutable
as $$
    select
        (p_account_id = p_other_account_id or p_account_id = '' or p_other_account_id = '')
        and (
            lower(p_campaign_id) = lower(p_other_campaign_id)
            or (
                lower(p_name) = lower(p_other_name)
                and lower(p_name) in (lower(p_campaign_id), lower(p_other_campaign_id))
            )
        )
$$;
