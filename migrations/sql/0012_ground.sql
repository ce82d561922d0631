-- How many data keys stand under each version of the master key, over every table that keeps one: numbers and nothing
-- else. Says which versions are still needed.
create function casework.key_versions() returns table (version integer, keys bigint)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare place record;
begin
  if not iam.proved() then return; end if;
  for place in
    select n.nspname, c.relname from pg_attribute a join pg_class c on c.oid = a.attrelid
    join pg_namespace n on n.oid = c.relnamespace
    where a.attname = 'wrapped_key' and not a.attisdropped and c.relkind = 'r' and n.nspname in ('vault', 'casework')
  loop
    return query execute format(
      'select t.key_version, count(*) from %I.%I t where t.wrapped_key is not null group by 1',
      place.nspname, place.relname);
  end loop;
end $$;

revoke execute on function casework.key_versions() from public;

grant execute on function casework.key_versions() to besa_app;
