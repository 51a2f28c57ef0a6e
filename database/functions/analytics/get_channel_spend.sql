-- What the ads of a channel cost on the days p_from to p_to, exact (channel_campaigns_of says which ads).
create or replace function analytics.get_channel_spend(p_tenant_id uuid, p_from date, p_to date, p_channel text)
returns numeric
language plpgsql stable
as $$
begin
    return (
        select coalesce(sum(o.spend), 0)
        from analytics.channel_campaigns_of(p_tenant_id, p_from, p_to) o
        where o.channel = p_channel
    );
end
$$;
