-- Members of a tenant who are not limited to branches, with the address of each. Runs as the owner, who is under the
-- tenants' policies: other services know no addresses.
create or replace function auth.readers_of_company(p_tenant_id uuid)
returns table (account_id uuid, email text)
language plpgsql stable
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
    return query
    select a.account_id, a.email
    from auth.membership m
    join auth.account a on a.account_id = m.account_id
    where m.tenant_id = p_tenant_id and m.joined_at is not null and m.role <> 'rep';
end
$$;
revoke all on function auth.readers_of_company(uuid) from public;
