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

-- Password hashes and secrets of the second factor are read by nobody through the table: the application role reads the
-- columns that pages show of colleagues, and the two functions below give the rest to who needs it.
revoke select on iam.account from besa_app;

grant select (id, login, display_name, language, must_change_password, totp_confirmed_at, active, demonstration, created_at,
  created_by, version) on iam.account to besa_app;

alter policy account_read on iam.account using ((select iam.proved()));

-- What the door needs to know of one login, while nobody acts: whoever is signed in gets nothing by it.
create function iam.account_at_the_door(given text) returns table (
  id uuid, active boolean, demonstration boolean, password_hash text, password_expires_at timestamptz
) language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select a.id, a.active, a.demonstration, a.password_hash, a.password_expires_at from iam.account a
  where a.login = given and current_setting('besa.level', true) = 'nobody' and iam.proved()
$$;

-- One's own account with its credentials, held until the transaction ends: credentials change one after the other.
create function iam.own_account() returns setof iam.account language sql volatile security definer
set search_path = pg_catalog, pg_temp as $$
  select a.* from iam.account a where a.id = iam.actor() and iam.proved() for update
$$;

revoke execute on function iam.account_at_the_door(text), iam.own_account() from public;

grant execute on function iam.account_at_the_door(text), iam.own_account() to besa_app;

-- The tables whose rows a use case lets wait and writes together; one that is not named here is written by itself.
create function casework.written_together() returns text[] language sql immutable parallel safe
return array[
  'audit.entry',
  'casework.age_assessment',
  'casework.bed',
  'casework.best_interest_assessment',
  'casework.case_event',
  'casework.case_file',
  'casework.case_grant',
  'casework.case_key',
  'casework.child_move',
  'casework.child_worker',
  'casework.guardian',
  'casework.guardian_identity',
  'casework.monitoring_visit',
  'casework.placement',
  'casework.placement_event',
  'casework.risk_assessment',
  'casework.risk_assessor',
  'casework.routing_deviation',
  'casework.separation_record',
  'casework.service_delivery',
  'casework.task',
  'casework.urgent_needs',
  'vault.duplicate',
  'vault.person'
];

-- Insert rows of several tables in one round trip, as the caller: row-level security judges each of them. Only the
-- tables of the list: what can be smuggled into a query neither starts a session by it nor writes a consent.
create or replace function casework.write(batch jsonb) returns void language plpgsql volatile as $$
declare
  item jsonb;
  columns text;
begin
  for item in select value from jsonb_array_elements(batch) loop
    if not (item ->> 'table') = any(casework.written_together()) then
      raise exception 'rows of % are not written together', item ->> 'table' using errcode = 'insufficient_privilege',
        hint = 'A table of a use case is named in casework.written_together().';
    end if;
    select string_agg(quote_ident(name), ', ') into columns from jsonb_array_elements_text(item -> 'columns') name;
    execute format('insert into %1$s (%2$s) select %2$s from jsonb_populate_recordset(null::%1$s, $1)',
      (item ->> 'table')::regclass, columns) using item -> 'rows';
  end loop;
end $$;

revoke execute on function casework.written_together() from public;

grant execute on function casework.written_together() to besa_app;
