"""What a database holds in our schemas, as text that two databases can be compared by."""

import asyncpg

from common.settings import SERVICES_WITH_DATABASE

_OURS = "n.nspname = any($1)"
_QUERIES = {
    "table": f"""
        select c.oid::regclass::text, c.relkind, c.relowner::regrole::text, c.relrowsecurity, c.relforcerowsecurity,
            c.relpersistence, c.reloptions, pg_get_expr(c.relpartbound, c.oid), c.relacl::text
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where {_OURS} and c.relkind in ('r', 'p', 'v', 'S')
    """,
    # (A revision that drops a column leaves a gap in the numbers, though not in the order.)
    "column": f"""
        select a.attrelid::regclass::text, row_number() over (partition by a.attrelid order by a.attnum),
            a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
            a.attidentity, a.attgenerated, pg_get_expr(d.adbin, d.adrelid), a.attcollation::regcollation::text
        from pg_attribute a
        join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p', 'v')
        join pg_namespace n on n.oid = c.relnamespace
        left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where {_OURS} and a.attnum > 0 and not a.attisdropped
    """,
    "constraint": f"""
        select r.conrelid::regclass::text, r.conname, pg_get_constraintdef(r.oid), r.convalidated
        from pg_constraint r join pg_namespace n on n.oid = r.connamespace where {_OURS}
    """,
    "index": f"""
        select pg_get_indexdef(i.indexrelid), i.indisvalid
        from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
        where {_OURS}
    """,
    "policy": f"""
        select p.polrelid::regclass::text, p.polname, p.polcmd, p.polpermissive, p.polroles::regrole[]::text,
            pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)
        from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace
        where {_OURS}
    """,
    "function": f"""
        select pg_get_functiondef(p.oid), p.proowner::regrole::text, p.proacl::text
        from pg_proc p join pg_namespace n on n.oid = p.pronamespace where {_OURS}
    """,
    "trigger": f"""
        select pg_get_triggerdef(t.oid)
        from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
        where {_OURS} and not t.tgisinternal
    """,
    "type": f"""
        select e.enumtypid::regtype::text, e.enumsortorder, e.enumlabel
        from pg_enum e join pg_type t on t.oid = e.enumtypid join pg_namespace n on n.oid = t.typnamespace where {_OURS}
    """,
    "schema": f"select n.nspname, n.nspowner::regrole::text, n.nspacl::text from pg_namespace n where {_OURS}",
}


async def catalog_of(dsn: str) -> set[str]:
    """Every object of our schemas as one line each."""
    connection = await asyncpg.connect(dsn)
    try:
        return {
            f"{kind}: {tuple(row.values())}"
            for kind, query in _QUERIES.items()
            for row in await connection.fetch(query, list(SERVICES_WITH_DATABASE))
        }
    finally:
        await connection.close()
