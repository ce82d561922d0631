-- Who acts in this transaction. Settings are local to it; unset reads as '' after the first use, hence nullif.
create function iam.actor() returns uuid language sql stable parallel safe
return nullif(current_setting('besa.actor', true), '')::uuid;

create function iam.org() returns uuid language sql stable parallel safe
return nullif(current_setting('besa.org', true), '')::uuid;

create function iam.role() returns text language sql stable parallel safe
return nullif(current_setting('besa.role', true), '');

create function iam.jurisdiction() returns text language sql stable parallel safe
return nullif(current_setting('besa.jurisdiction', true), '');

create function iam.national() returns boolean language sql stable parallel safe
return coalesce(current_setting('besa.national', true), '') = 'on';

create function iam.holds(data_class text) returns boolean language sql stable parallel safe
return data_class = any(string_to_array(coalesce(current_setting('besa.classes', true), ''), ','));

-- Take the identity of a session for this transaction; no row where it has ended. A browser brings its opaque token,
-- an API token names its session by id (only sessions made for programs are found that way).
create function iam.act_as_session(given bytea, api_session uuid) returns table (
  session_id uuid, kind text, account_id uuid, display_name text, language text, assignment_id uuid, role text,
  org_id uuid, org_code text, org_name_sq text, org_name_en text, jurisdiction text, needs_second_factor boolean,
  second_factor boolean, must_change_password boolean, at timestamptz
) language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare found_row record;
begin
  select s.id, s.kind, s.second_factor_at, s.last_seen_at, s.expires_at, a.id as account, a.display_name, a.language,
    a.must_change_password, g.id as assignment, g.role, g.jurisdiction, o.id as org, o.code, o.name_sq, o.name_en,
    r.classes, r.national, r.second_factor or a.totp_confirmed_at is not null as needs
  into found_row
  from iam.session s
  join iam.account a on a.id = s.account_id and a.active
  join iam.assignment g on g.id = s.assignment_id and g.account_id = a.id
    and g.valid_from <= now() and (g.valid_to is null or g.valid_to > now())
  join ref.organisation o on o.id = g.org_id and o.active
  join iam.role r on r.role = g.role
  where ((api_session is null and s.token_hash = given) or (s.id = api_session and s.kind = 'api'))
    and s.revoked_at is null and s.expires_at > now() and s.idle_expires_at > now();
  if not found then return; end if;
  perform set_config('besa.actor', found_row.account::text, true),
    set_config('besa.org', found_row.org::text, true),
    set_config('besa.jurisdiction', found_row.jurisdiction, true);
  if found_row.second_factor_at is not null or not found_row.needs then
    perform set_config('besa.role', found_row.role, true), set_config('besa.classes', found_row.classes, true),
      set_config('besa.national', case when found_row.national then 'on' else 'off' end, true);
  end if;
  if found_row.last_seen_at < now() - interval '1 minute' then
    update iam.session s set last_seen_at = now(),
      idle_expires_at = least(s.expires_at, now() + (s.idle_expires_at - s.last_seen_at))
    where s.id = found_row.id;
  end if;
  return query select found_row.id, found_row.kind, found_row.account, found_row.display_name, found_row.language,
    found_row.assignment, found_row.role, found_row.org, found_row.code, found_row.name_sq, found_row.name_en,
    found_row.jurisdiction, found_row.needs, found_row.second_factor_at is not null, found_row.must_change_password,
    now();
end $$;

-- Take the identity of the program itself for one jurisdiction.
create function iam.act_as_system(given text) returns table (
  account_id uuid, assignment_id uuid, org_id uuid, at timestamptz
) language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare found_row record;
begin
  select a.id as account, g.id as assignment, g.org_id as org, r.classes into found_row
  from iam.assignment g join iam.account a on a.id = g.account_id join iam.role r on r.role = g.role
  where g.role = 'system' and g.jurisdiction = given;
  if not found then return; end if;
  perform set_config('besa.actor', found_row.account::text, true),
    set_config('besa.org', found_row.org::text, true), set_config('besa.role', 'system', true),
    set_config('besa.jurisdiction', given, true), set_config('besa.classes', found_row.classes, true),
    set_config('besa.national', 'on', true);
  return query select found_row.account, found_row.assignment, found_row.org, now();
end $$;

-- True where a denial keeps the actor (or the actor's organisation) from the case; it beats every grant.
create function casework.denied(given uuid) returns boolean language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select exists (
    select 1 from casework.case_denial d
    where d.case_id = given and (d.account_id = iam.actor() or d.org_id = iam.org())
      and d.valid_from <= now() and (d.valid_to is null or d.valid_to > now()))
$$;

-- True where the actor may see this data class of this case now: the role holds the class, no denial, and
-- either a national role looks at milestones or a valid grant names the class.
create function casework.may_see(given uuid, data_class text) returns boolean language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select iam.holds(data_class)
    and not exists (
      select 1 from casework.case_denial d
      where d.case_id = given and (d.account_id = iam.actor() or d.org_id = iam.org())
        and d.valid_from <= now() and (d.valid_to is null or d.valid_to > now()))
    and (exists (
        select 1 from casework.case_grant g
        where g.case_id = given and (g.org_id = iam.org() or g.account_id = iam.actor())
          and data_class = any(g.data_classes)
          and g.valid_from <= now() and (g.valid_to is null or g.valid_to > now()))
      or (data_class = 'milestones' and iam.national() and exists (
        select 1 from casework.case_file c where c.id = given and c.jurisdiction = iam.jurisdiction())))
$$;

create function casework.opened_by_us(given uuid) returns boolean language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select exists (select 1 from casework.case_file c
    where c.id = given and c.opened_org_id = iam.org() and c.opened_by = iam.actor())
$$;

-- True where a referral of this case, sent and not ended, or answered by us in this transaction, is addressed to us.
create function casework.referred_to_us(given uuid) returns boolean language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select not casework.denied(given) and exists (select 1 from casework.referral r
    where r.case_id = given and r.receiver_org_id = iam.org()
      and (r.state in ('sent', 'acknowledged', 'info_requested', 'accepted', 'in_service')
        or r.answered_at = now() or r.ended_at = now()))
$$;

-- True where the actor may write this grant. A handler that forgets its check cannot open a case to anybody.
create function casework.may_grant(
  given uuid, to_org uuid, to_account uuid, classes text[], given_basis text, source uuid, until timestamptz
) returns boolean language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select case given_basis
    when 'opening' then to_org = iam.org() and casework.opened_by_us(given) and not 'shelter_location' = any(classes)
    when 'referral' then to_org = iam.org() and exists (select 1 from casework.referral r
      where r.id = source and r.case_id = given and r.receiver_org_id = iam.org()
        and r.state in ('accepted', 'in_service') and classes <@ (r.shared_classes || '{milestones}'::text[]))
      and not casework.denied(given)
    when 'reveal' then to_account = iam.actor() and iam.national() and iam.role() = 'responsible_authority'
      and classes = '{identity}'::text[] and until <= now() + interval '1 hour'
    when 'authority' then iam.national() and iam.role() = 'responsible_authority'
      and classes = '{identity}'::text[] and until is not null
    else given_basis in ('care_team', 'team') and casework.may_see(given, 'milestones')
      and not iam.national() and not 'shelter_location' = any(classes)
      and not exists (select 1 from unnest(classes) c where not casework.may_see(given, c))
  end
$$;

create function vault.may_see_person(given uuid) returns boolean language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select iam.holds('identity') and exists (select 1 from casework.case_file c
    where c.person_id = given and casework.may_see(c.id, 'identity'))
$$;

-- Persons whose blind-index tokens meet the search, also outside the actor's grants: of those the caller learns
-- the organisation to ask and nothing else. `seen` says whether the actor may open the identity.
create function vault.search(wanted bigint[], at_most integer) returns table (
  person_id uuid, matched bigint[], seen boolean, case_id uuid, ask_org_id uuid
) language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  with hits as (
    select p.id, (select array_agg(t) from unnest(p.tokens) t where t = any(wanted)) as matched
    from vault.person p
    where p.tokens && wanted and p.jurisdiction = iam.jurisdiction() and p.erased_at is null
      and p.merged_into is null and iam.holds('identity')
  ), best as (select h.id, h.matched from hits h order by cardinality(h.matched) desc, h.id desc limit at_most)
  select b.id, b.matched, coalesce(casework.may_see(c.id, 'identity'), false), c.id, c.responsible_org_id
  from best b join lateral (
    select f.id, f.responsible_org_id from casework.case_file f
    where f.person_id = b.id and not casework.denied(f.id) order by f.id desc limit 1) c on true
  order by cardinality(b.matched) desc, b.id desc
$$;

-- What changed since a version: for the answer to a stale `If-Match`.
create function audit.changes_since(subject uuid, since integer) returns table (
  subject_version integer, at timestamptz, org_id uuid, changed text[]
) language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select e.subject_version, e.at, e.org_id, e.changed from audit.entry e
  where e.subject_id = subject and e.subject_version > since and e.outcome = 'done' order by e.subject_version limit 20
$$;

create function audit.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log is append-only' using errcode = 'insufficient_privilege';
end $$;

-- Board counters as differences.
create function casework.count_case() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op = 'UPDATE' and (old.status, old.stage, old.state, old.is_child) is not distinct from
    (new.status, new.stage, new.state, new.is_child) then return null; end if;
  if tg_op = 'UPDATE' then
    insert into casework.board_delta (jurisdiction, measure, value, delta) values
      (old.jurisdiction, 'state', old.state, -1);
    if old.state <> 'closed' then
      insert into casework.board_delta (jurisdiction, measure, value, delta) values
        (old.jurisdiction, 'status', old.status, -1), (old.jurisdiction, 'stage', old.stage, -1),
        (old.jurisdiction, 'age', case when old.is_child then 'child' else 'adult' end, -1);
    end if;
  end if;
  insert into casework.board_delta (jurisdiction, measure, value, delta) values (new.jurisdiction, 'state', new.state, 1);
  if new.state <> 'closed' then
    insert into casework.board_delta (jurisdiction, measure, value, delta) values
      (new.jurisdiction, 'status', new.status, 1), (new.jurisdiction, 'stage', new.stage, 1),
      (new.jurisdiction, 'age', case when new.is_child then 'child' else 'adult' end, 1);
  end if;
  return null;
end $$;

create function casework.fold_board() returns void language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp as $$
begin
  perform pg_advisory_xact_lock(7236115);
  with gone as (delete from casework.board_delta returning jurisdiction, measure, value, delta)
  insert into casework.board_delta (jurisdiction, measure, value, delta, folded)
  select g.jurisdiction, g.measure, g.value, sum(g.delta), 1 from gone g
  group by g.jurisdiction, g.measure, g.value having sum(g.delta) <> 0;
end $$;

-- The board's counters for the actor's jurisdiction; empty for who is not national.
create function casework.board_counts() returns table (measure text, value text, cases bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select d.measure, d.value, sum(d.delta) from casework.board_delta d
  where iam.national() and d.jurisdiction = iam.jurisdiction() group by d.measure, d.value
  union all
  select 'late', 'task', count(*) from casework.task t
  where iam.national() and t.jurisdiction = iam.jurisdiction() and t.state = 'open' and t.bound = 'max' and t.due_at < now()
  union all
  select 'late', 'case', count(distinct t.case_id) from casework.task t
  where iam.national() and t.jurisdiction = iam.jurisdiction() and t.state = 'open' and t.bound = 'max' and t.due_at < now()
  union all
  select 'referral', 'unanswered', count(*) from casework.referral r
  where iam.national() and r.jurisdiction = iam.jurisdiction() and r.state in ('sent', 'acknowledged', 'info_requested')
  union all
  select 'referral', 'late', count(*) from casework.referral r
  where iam.national() and r.jurisdiction = iam.jurisdiction() and r.state in ('sent', 'acknowledged', 'info_requested')
    and r.answer_due_at < now()
$$;

-- A shelter's month sheet: its own records, counted, also of persons whose case it no longer sees.
create function casework.month_sheet(first_day date) returns table (
  delivered_on date, service_type text, unit text, deliveries bigint, quantity numeric, persons bigint, refusals bigint
) language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select d.delivered_on, d.service_type, d.unit, count(*) filter (where d.outcome = 'delivered'),
    coalesce(sum(d.quantity) filter (where d.outcome = 'delivered'), 0), count(distinct d.case_id),
    count(*) filter (where d.outcome = 'refused')
  from casework.service_delivery d
  where d.org_id = iam.org() and iam.holds('casework') and d.superseded_by is null and d.outcome <> 'void'
    and d.delivered_on >= date_trunc('month', first_day) and d.delivered_on < date_trunc('month', first_day) + interval '1 month'
  group by d.delivered_on, d.service_type, d.unit
$$;
