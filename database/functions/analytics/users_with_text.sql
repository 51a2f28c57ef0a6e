-- The users whose contact contains a text (given in lower case) in any case. Inlined into its caller's plan, as
-- tasks_left_out.
create or replace function analytics.users_with_text(p_tenant_id uuid, p_text text)
returns table (user_id text)
language sql stable parallel safe
as $$
    select h.user_id
    from data.users h
    where h.tenant_id = p_tenant_id
        and strpos(lower(concat_ws(' ', h.buying_company_name, h.email, h.cell_phone, h.office_phone)), p_text) > 0
$$;
