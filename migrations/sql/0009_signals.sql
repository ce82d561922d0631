-- Steps of a signal after it came in: counselling given, follow-up tried. Read and written by who works with the signal;
-- never changed. What was said is sealed under the signal's key.
grant select, insert on casework.signal_step to besa_app;

alter table casework.signal_step enable row level security;

alter table casework.signal_step force row level security;

create policy signal_step_read on casework.signal_step for select to besa_app using (
  (select iam.reads_cases()) and exists (select 1 from casework.signal s where s.id = signal_id
    and (s.org_id = (select iam.org()) or s.passed_to_org_id = (select iam.org()))));

create policy signal_step_insert on casework.signal_step for insert to besa_app with check (
  (select iam.reads_cases()) and org_id = (select iam.org()) and account_id = (select iam.actor()) and recorded_at = now()
  and exists (select 1 from casework.signal s where s.id = signal_id
    and (s.org_id = (select iam.org()) or s.passed_to_org_id = (select iam.org()))));

-- The public form: the program itself lays a report into the queue of an organisation of that jurisdiction, and into no
-- case. It sees its rows as the authority does: without anything sealed that it could open for somebody.
create policy signal_public on casework.signal for insert to besa_app with check (
  (select iam.reads_cases()) and (select iam.role()) = 'system' and account_id = (select iam.actor())
  and jurisdiction = (select iam.jurisdiction()) and case_id is null and passed_to_org_id is null and state = 'received'
  and exists (select 1 from ref.organisation o where o.id = org_id and o.jurisdiction = (select iam.jurisdiction())
    and o.active));

-- The intake of programs. A client (the hotline's software, the app) stands for one organisation and one channel; its keys
-- are public keys. The door has to find a key before anybody acts.
grant select, insert on iam.intake_client, iam.intake_key to besa_app;

grant update (ended_at, version) on iam.intake_client to besa_app;

grant update (revoked_at, revoked_by) on iam.intake_key to besa_app;

grant select, insert, delete on iam.intake_nonce to besa_app;

alter table iam.intake_client enable row level security;

alter table iam.intake_client force row level security;

alter table iam.intake_key enable row level security;

alter table iam.intake_key force row level security;

alter table iam.intake_nonce enable row level security;

alter table iam.intake_nonce force row level security;

create policy intake_client_read on iam.intake_client for select to besa_app using (
  (select iam.proved()) and (select iam.role()) = 'administrator' and jurisdiction = (select iam.jurisdiction()));

-- A program finds what stands about itself: its channel.
create policy intake_client_own on iam.intake_client for select to besa_app using (
  (select iam.proved()) and (select iam.role()) = 'intake' and id = (select iam.actor()));

create policy intake_client_insert on iam.intake_client for insert to besa_app with check (
  (select iam.proved()) and (select iam.role()) = 'administrator' and jurisdiction = (select iam.jurisdiction())
  and created_by = (select iam.actor()) and exists (select 1 from ref.organisation o
    where o.id = org_id and o.jurisdiction = (select iam.jurisdiction())));

create policy intake_client_end on iam.intake_client for update to besa_app using (
  (select iam.proved()) and (select iam.role()) = 'administrator' and jurisdiction = (select iam.jurisdiction())
  and ended_at is null) with check ((select iam.proved()) and ended_at = now());

create policy intake_client_owner on iam.intake_client to current_user using (true) with check (true);

create policy intake_key_read on iam.intake_key for select to besa_app using (
  (select iam.role()) = 'administrator' and exists (select 1 from iam.intake_client c where c.id = client_id));

create policy intake_key_insert on iam.intake_key for insert to besa_app with check (
  (select iam.proved()) and registered_by = (select iam.actor()) and exists (select 1 from iam.intake_client c where c.id = client_id
    and c.ended_at is null));

-- A revocation is final.
create policy intake_key_revoke on iam.intake_key for update to besa_app using (
  (select iam.proved()) and revoked_at is null and exists (select 1 from iam.intake_client c where c.id = client_id))
  with check ((select iam.proved()) and revoked_at = now() and revoked_by = (select iam.actor()));

create policy intake_key_owner on iam.intake_key to current_user using (true) with check (true);

-- A nonce is laid down at the door, once; nobody reads which ones were used by whom.
create policy intake_nonce_all on iam.intake_nonce to besa_app using ((select iam.proved())) with check (
  (select iam.proved()) and (select iam.actor()) is null);

create policy intake_nonce_owner on iam.intake_nonce to current_user using (true) with check (true);

-- The public key behind a key id, for the door alone; no row where it was revoked or its client has ended.
create function iam.intake_key_of(given text) returns table (id uuid, public_key bytea)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select k.id, k.public_key from iam.intake_key k join iam.intake_client c on c.id = k.client_id
  join ref.organisation o on o.id = c.org_id and o.active
  where k.key_id = given and k.revoked_at is null and c.ended_at is null and iam.proved()
$$;

-- Take the identity of a client whose signature was checked: its organisation, the role `intake`, no data class and no
-- case. Only as the first thing of a transaction; no row where the key was revoked meanwhile.
create function iam.act_as_intake(given uuid) returns table (
  client_id uuid, name text, channel text, org_id uuid, org_code text, org_name_sq text, org_name_en text,
  jurisdiction text, at timestamptz
) language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare found_row record;
begin
  if iam.taken() then
    raise exception 'this transaction has its identity' using errcode = 'insufficient_privilege';
  end if;
  select c.id, c.name, c.channel, c.jurisdiction, o.id as org, o.code, o.name_sq, o.name_en into found_row
  from iam.intake_key k join iam.intake_client c on c.id = k.client_id
  join ref.organisation o on o.id = c.org_id and o.active
  where k.id = given and k.revoked_at is null and c.ended_at is null;
  if not found then return; end if;
  perform iam.become('full', found_row.id, null, found_row.org, 'intake', found_row.jurisdiction, '', false);
  return query select found_row.id, found_row.name, found_row.channel, found_row.org, found_row.code, found_row.name_sq,
    found_row.name_en, found_row.jurisdiction, now();
end $$;

-- True where the transaction acts for this client and channel.
create function iam.is_intake(given uuid, given_channel text) returns boolean language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select iam.role() = 'intake' and iam.proved() and given = iam.actor() and exists (
    select 1 from iam.intake_client c where c.id = given and c.channel = given_channel and c.org_id = iam.org())
$$;

create policy signal_intake on casework.signal for insert to besa_app with check (
  (select iam.role()) = 'intake' and (select iam.proved()) and iam.is_intake(account_id, channel) and org_id = (select iam.org())
  and jurisdiction = (select iam.jurisdiction()) and case_id is null and passed_to_org_id is null
  and state = 'received');

-- A client finds what it sent itself, so that sending again records nothing twice.
create policy signal_intake_read on casework.signal for select to besa_app using (
  (select iam.role()) = 'intake' and (select iam.proved()) and account_id = (select iam.actor()));

revoke execute on function iam.intake_key_of(text), iam.act_as_intake(uuid), iam.is_intake(uuid, text) from public;

grant execute on function iam.intake_key_of(text), iam.act_as_intake(uuid), iam.is_intake(uuid, text) to besa_app;

-- A refusal: an adult did not want to be identified. The authority is told that it happened, never of whom.
grant select, insert on casework.refusal_notice to besa_app;

alter table casework.refusal_notice enable row level security;

alter table casework.refusal_notice force row level security;

create policy owner_functions on casework.refusal_notice to current_user using (true) with check (true);

create policy refusal_notice_read on casework.refusal_notice for select to besa_app using (
  (select iam.reads_cases()) and casework.may_see(case_id, 'milestones'));

create policy refusal_notice_insert on casework.refusal_notice for insert to besa_app with check (
  (select iam.reads_cases()) and casework.may_see(case_id, 'identification') and org_id = (select iam.org())
  and account_id = (select iam.actor()) and jurisdiction = (select iam.jurisdiction()) and made_at = now()
  and (same_as_case_id is null or casework.may_see(same_as_case_id, 'milestones')));

-- True where the person refused and has not accepted since: by a later identification, or by asking for the formal one.
create function casework.person_refused(given uuid) returns boolean language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select iam.reads_cases() and casework.may_see(given, 'milestones') and coalesce((
    select e.kind = 'INITIAL_ID_DECIDED' and coalesce((e.facts ->> 'refused')::boolean, false)
    from casework.case_event e
    where e.case_id = given and e.kind in ('INITIAL_ID_DECIDED', 'FORMAL_REQUESTED')
      and not exists (select 1 from casework.case_event later where later.corrects = e.id)
    order by e.occurred_at desc, e.id desc limit 1), false)
$$;

revoke execute on function casework.person_refused(uuid) from public;

grant execute on function casework.person_refused(uuid) to besa_app;

-- Who refused is not named to the authority: neither revealed nor assigned while the refusal stands.
create function casework.refuse_naming() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if casework.person_refused(new.case_id) then
    raise exception 'the person refused to be identified' using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;

revoke execute on function casework.refuse_naming() from public;

create trigger refuse_naming before insert on casework.case_grant for each row
  when (new.basis in ('reveal', 'authority')) execute function casework.refuse_naming();

-- What the authority had opened of the name ends with the refusal.
create function casework.close_naming() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  update casework.case_grant g set valid_to = now()
  where g.case_id = new.case_id and g.basis in ('reveal', 'authority') and (g.valid_to is null or g.valid_to > now());
  return null;
end $$;

revoke execute on function casework.close_naming() from public;

create trigger close_naming after insert on casework.case_event for each row
  when (new.kind = 'INITIAL_ID_DECIDED' and new.facts ->> 'refused' = 'true') execute function casework.close_naming();

-- Cases without a name of which an officer said that the person is that of an earlier refusal, with whom they count as.
-- For the extract alone.
create function casework.same_persons(given text) returns table (case_id uuid, counted_as uuid)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  with recursive said (case_id, root) as (
    select n.case_id, n.same_as_case_id from casework.refusal_notice n
    where n.same_as_case_id is not null and n.jurisdiction = given
    union
    select s.case_id, n.same_as_case_id from said s join casework.refusal_notice n on n.case_id = s.root
    where n.same_as_case_id is not null
  )
  select s.case_id, coalesce(r.person_id, r.id) from said s join casework.case_file r on r.id = s.root
  where iam.reads_cases() and not exists (select 1 from casework.refusal_notice n
    where n.case_id = s.root and n.same_as_case_id is not null)
$$;

revoke execute on function casework.same_persons(text) from public;

-- Notifications without identity, once per person and year. A person without a name whom an officer recognised from an
-- earlier refusal counts with it.
create function stats.refresh_notices(given text, zone text, regions jsonb) returns integer
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare made integer;
begin
  if iam.jurisdiction() is distinct from given or iam.role() is distinct from 'system' or not iam.proved() then
    raise exception 'the extract is made by the program itself' using errcode = 'insufficient_privilege';
  end if;
  perform pg_advisory_xact_lock(7236120, hashtext(given));
  delete from stats.notice_fact f where f.jurisdiction = given;
  insert into stats.notice_fact (jurisdiction, year, month, sex, citizenship_group, region, accepted_later)
  with recursive merged (id, leads_to) as (
    select p.id, p.merged_into from vault.person p where p.merged_into is not null and p.jurisdiction = given
    union
    select m.id, p.merged_into from merged m join vault.person p on p.id = m.leads_to where p.merged_into is not null
  ), final as (
    select distinct on (m.id) m.id, m.leads_to from merged m
    order by m.id, exists (select from merged further where further.id = m.leads_to), m.leads_to
  ), noticed as (
    select n.case_id, n.refused_at at time zone zone as at, c.sex, c.citizenship_group, c.county,
      not casework.person_refused(n.case_id) as accepted,
      coalesce(f.leads_to, c.person_id, s.counted_as, c.id) as counted_as
    from casework.refusal_notice n join casework.case_file c on c.id = n.case_id
    left join casework.same_persons(given) s on s.case_id = c.id
    left join final f on f.id = coalesce(c.person_id, s.counted_as)
    where n.jurisdiction = given and coalesce(c.closure_reason, '') not in ('DUPLICATE', 'ENTERED_IN_ERROR')
      and exists (select 1 from casework.case_event e where e.case_id = n.case_id and e.kind = 'INITIAL_ID_DECIDED'
        and coalesce((e.facts ->> 'refused')::boolean, false)
        and not exists (select 1 from casework.case_event later where later.corrects = e.id))
  ), counted as (
    select distinct on (n.counted_as, date_trunc('year', n.at)) n.*,
      bool_or(n.accepted) over (partition by n.counted_as) as any_accepted
    from noticed n order by n.counted_as, date_trunc('year', n.at), n.at, n.case_id
  )
  select given, extract(year from n.at), extract(month from n.at), n.sex, n.citizenship_group, regions ->> n.county,
    n.any_accepted
  from counted n
  order by date_trunc('month', n.at), n.sex collate "C", n.citizenship_group collate "C", n.county collate "C";
  get diagnostics made = row_count;
  return made;
end $$;

revoke execute on function stats.refresh_notices(text, text, jsonb) from public;

grant execute on function stats.refresh_notices(text, text, jsonb) to besa_app;

grant select on stats.notice_fact to besa_stats;

-- The extract counts such persons once in every base. The function is changed where it stands, so that what other steps
-- changed in it stays.
do $$
declare body text := pg_get_functiondef('stats.refresh(text, text, jsonb)'::regprocedure);
declare changed text;
begin
  changed := replace(body, 'coalesce(f.leads_to, c.person_id, c.id) as counted_as',
    'coalesce(f.leads_to, c.person_id, s.counted_as, c.id) as counted_as');
  changed := replace(changed, 'from casework.case_file c left join final f on f.id = c.person_id',
    'from casework.case_file c left join casework.same_persons(given) s on s.case_id = c.id '
    'left join final f on f.id = coalesce(c.person_id, s.counted_as)');
  if changed = body or changed not like '%same_persons%' then raise exception 'stats.refresh is not as expected'; end if;
  execute changed;
end $$
