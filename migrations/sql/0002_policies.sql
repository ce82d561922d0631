-- The application role owns nothing and cannot pass row-level security.
do $$ begin
  if not exists (select from pg_roles where rolname = 'besa_app') then create role besa_app nologin; end if;
  if not exists (select from pg_roles where rolname = 'besa_stats') then create role besa_stats nologin; end if;
end $$;

do $$ begin
  if not pg_has_role(current_user, 'besa_app', 'member') then grant besa_app to current_user; end if;
  if not pg_has_role('besa_app', 'besa_stats', 'member') then grant besa_stats to besa_app; end if;
end $$;

revoke all on schema public from public;

grant usage on schema public to besa_app;

grant select on public.alembic_version to besa_app;

grant usage on schema ref, iam, vault, casework, audit to besa_app;

grant usage on schema stats, ref to besa_stats;

grant select on all tables in schema stats to besa_stats;

grant select on ref.organisation to besa_stats;

revoke execute on all functions in schema iam, vault, casework, audit from public;

grant execute on all functions in schema iam, vault, casework, audit to besa_app;

-- What signs an identity stays with the functions that take one, what walks the index with the search.
revoke execute on function iam.proof(), iam.become(text, uuid, uuid, uuid, text, text, text, boolean),
  vault.persons_with(uuid[], integer, bigint[], bigint[], bigint[], bigint[]) from besa_app;

grant select on ref.profile to besa_app;

grant select, insert, update on ref.organisation to besa_app;

grant select, insert, update on iam.account, iam.assignment, iam.recovery_code, iam.session, iam.refresh_token to besa_app;

grant select, insert, update, delete on iam.throttle, iam.idempotency, iam.known_device to besa_app;

grant delete on iam.recovery_code to besa_app;

grant select on iam.role, iam.installation to besa_app;

grant select, insert on all tables in schema vault, casework to besa_app;

revoke all on casework.board_delta from besa_app;

-- Whose a row is, of which case and since when never changes: updates are granted by column, and a column named here is
-- fixed when the row is made.
do $$
declare fixed record;
declare columns text;
begin
  for fixed in select * from (values
    ('vault.person', '{id,jurisdiction,org_id,created_by,created_at,wrapped_key,key_version,erased_at}'::text[]),
    ('vault.duplicate', '{id,jurisdiction,person_id,other_id,proposed_at}'),
    ('casework.signal', '{id,jurisdiction,org_id,account_id,recorded_at,summary,reporter_contact,wrapped_key,key_version}'),
    ('casework.case_file', '{id,code,jurisdiction,profile_version,opened_at,opened_org_id,opened_by,next_due_at,next_event,next_org_id}'),
    ('casework.identification', '{id,case_id,org_id,account_id,kind,recorded_at}'),
    ('casework.referral', '{id,jurisdiction,case_id,sender_org_id,sender_account_id,created_at,redirected_from,wrapped_key,key_version}'),
    ('casework.bed', '{id,number,org_id}'),
    ('casework.placement', '{id,case_id,org_id,account_id,reserved_at,nights}')
  ) as given (name, names) loop
    select string_agg(quote_ident(a.attname), ', ' order by a.attnum) into columns from pg_attribute a
    where a.attrelid = fixed.name::regclass and a.attnum > 0 and not a.attisdropped
      and not a.attname::text = any(fixed.names);
    execute format('grant update (%s) on %s to besa_app', columns, fixed.name);
  end loop;
end $$;

-- Ledgers change in one way only: a grant or a denial ends, a consent is withdrawn, a request is answered, a record is
-- superseded, a task is met. Events, observations and notes never change.
grant update (valid_to) on casework.case_grant, casework.case_denial to besa_app;

grant update (withdrawn_at, withdrawn_by, withdrawal_form, version) on casework.consent to besa_app;

grant update (state, answered_at, answered_by) on casework.access_request to besa_app;

grant update (superseded_by, version) on casework.exploitation to besa_app;

grant update (superseded_by) on casework.service_delivery to besa_app;

grant update (org_id, account_id, state, met_at, met_event_id) on casework.task to besa_app;

grant usage on all sequences in schema casework, audit to besa_app;

grant insert, select on audit.entry to besa_app;

alter table iam.assignment enable row level security;

alter table iam.assignment force row level security;

create policy assignment_read on iam.assignment for select to besa_app using (true);

-- Nobody gives a role to themself, takes one from themself, or makes somebody the program.
create policy assignment_insert on iam.assignment for insert to besa_app with check (
  (select iam.role()) = 'administrator' and jurisdiction = (select iam.jurisdiction())
  and account_id <> (select iam.actor()) and role <> 'system');

create policy assignment_change on iam.assignment for update to besa_app using (
  (select iam.role()) = 'administrator' and jurisdiction = (select iam.jurisdiction())
  and account_id <> (select iam.actor()) and role <> 'system');

create policy assignment_owner on iam.assignment to current_user using (true) with check (true);

-- The door has to find an account before anybody acts; from then on a person changes their own, an administrator all.
alter table iam.account enable row level security;

alter table iam.account force row level security;

create policy account_read on iam.account for select to besa_app using (true);

create policy account_insert on iam.account for insert to besa_app with check ((select iam.role()) = 'administrator');

create policy account_change on iam.account for update to besa_app using (
  id = (select iam.actor()) or iam.looks_after(id));

create policy account_owner on iam.account to current_user using (true) with check (true);

-- Sessions and second ways in: of one's own account, of the accounts one looks after, and of any at the door.
do $$
declare t text;
begin
  foreach t in array array['session', 'recovery_code', 'known_device', 'idempotency'] loop
    execute format('alter table iam.%I enable row level security', t);
    execute format('alter table iam.%I force row level security', t);
    execute format('create policy %I on iam.%I to besa_app using ((select iam.proved())
      and (account_id = (select iam.actor()) or (select iam.actor() is null or iam.role() = ''system'')
      or iam.looks_after(account_id)))', t || '_own', t);
    execute format('create policy %I on iam.%I to current_user using (true) with check (true)', t || '_owner', t);
  end loop;
end $$;

alter table iam.refresh_token enable row level security;

alter table iam.refresh_token force row level security;

create policy refresh_token_own on iam.refresh_token to besa_app
  using (exists (select 1 from iam.session s where s.id = session_id));

create policy refresh_token_owner on iam.refresh_token to current_user using (true) with check (true);

alter table ref.organisation enable row level security;

alter table ref.organisation force row level security;

create policy organisation_read on ref.organisation for select to besa_app, besa_stats using (true);

create policy organisation_insert on ref.organisation for insert to besa_app
  with check ((select iam.role()) = 'administrator' and jurisdiction = (select iam.jurisdiction()));

create policy organisation_change on ref.organisation for update to besa_app
  using ((select iam.role()) = 'administrator' and jurisdiction = (select iam.jurisdiction()));

create policy organisation_owner on ref.organisation to current_user using (true) with check (true);

do $$
declare t text;
begin
  foreach t in array array[
    'vault.person', 'vault.person_version', 'vault.duplicate', 'casework.signal', 'casework.case_file',
    'casework.case_key', 'casework.case_grant', 'casework.case_denial', 'casework.case_event', 'casework.urgent_needs',
    'casework.closure', 'casework.access_request', 'casework.board_delta', 'casework.exploitation',
    'casework.identification', 'casework.identification_officer', 'casework.observation', 'casework.information_given',
    'casework.consent', 'casework.referral', 'casework.referral_event', 'casework.bed', 'casework.placement',
    'casework.placement_event', 'casework.service_delivery', 'casework.note', 'casework.task', 'audit.entry']
  loop
    execute format('alter table %s enable row level security', t);
    execute format('alter table %s force row level security', t);
  end loop;
  -- The owner gets a policy only where one of its functions must read or write; narratives are not among them.
  foreach t in array array[
    'vault.person', 'casework.signal', 'casework.case_file', 'casework.case_key', 'casework.case_grant',
    'casework.case_denial',
    'casework.case_event', 'casework.board_delta', 'casework.referral', 'casework.service_delivery', 'casework.task',
    'casework.consent', 'casework.bed', 'casework.placement', 'audit.entry']
  loop
    execute format('create policy owner_functions on %s to current_user using (true) with check (true)', t);
  end loop;
end $$;

create policy person_read on vault.person for select to besa_app using (vault.may_see_person(id));

create policy person_insert on vault.person for insert to besa_app with check (
  org_id = (select iam.org()) and created_by = (select iam.actor()) and jurisdiction = (select iam.jurisdiction())
  and (select iam.holds('identity')));

-- The authority may see a name revealed to it, and changes nothing of it.
create policy person_change on vault.person for update to besa_app using (
  vault.may_see_person(id) and not (select iam.national()));

create policy version_read on vault.person_version for select to besa_app using (vault.may_see_person(person_id));

create policy version_insert on vault.person_version for insert to besa_app with check (
  vault.may_see_person(person_id) and not (select iam.national())
  and org_id = (select iam.org()) and account_id = (select iam.actor()));

create policy duplicate_all on vault.duplicate to besa_app
  using (vault.may_see_person(person_id) or vault.may_see_person(other_id))
  with check (jurisdiction = (select iam.jurisdiction())
    and (vault.may_see_person(person_id) or vault.may_see_person(other_id)));

-- Once a signal is part of a case, who is kept away from the case is kept away from the signal too.
create policy signal_read on casework.signal for select to besa_app using (
  (case_id is null or case_id <> all (array(select casework.denied_to_us())))
  and (org_id = (select iam.org()) or passed_to_org_id = (select iam.org())
    or ((select iam.national()) and jurisdiction = (select iam.jurisdiction()))
    or (case_id is not null and casework.may_see(case_id, 'casework'))));

create policy signal_insert on casework.signal for insert to besa_app with check (
  org_id = (select iam.org()) and account_id = (select iam.actor()) and jurisdiction = (select iam.jurisdiction())
  and (case_id is null or casework.may_see(case_id, 'milestones')));

create policy signal_change on casework.signal for update to besa_app using (
  org_id = (select iam.org()) or passed_to_org_id = (select iam.org()))
  with check (case_id is null or casework.may_see(case_id, 'milestones'));

create policy case_read on casework.case_file for select to besa_app using (
  ((select iam.national()) and jurisdiction = (select iam.jurisdiction())
    and id <> all (array(select casework.denied_to_us())))
  or casework.may_see(id, 'milestones'));

create policy case_insert on casework.case_file for insert to besa_app with check (
  opened_org_id = (select iam.org()) and opened_by = (select iam.actor()) and responsible_org_id = (select iam.org())
  and jurisdiction = (select iam.jurisdiction()) and not (select iam.national()) and state = 'open'
  and (person_id is null or vault.may_name(person_id))
  and (previous_case_id is null or casework.may_see(previous_case_id, 'milestones')));

create policy case_change on casework.case_file for update to besa_app using (casework.may_see(id, 'milestones'))
  with check (casework.may_change(
    id, person_id, previous_case_id, responsible_org_id, responsible_account_id, state));

create policy key_read on casework.case_key for select to besa_app using (casework.may_see(case_id, 'milestones'));

create policy key_insert on casework.case_key for insert to besa_app with check (casework.opened_by_us(case_id));

create policy grant_read on casework.case_grant for select to besa_app using (
  ((org_id = (select iam.org()) or account_id = (select iam.actor()))
    and case_id <> all (array(select casework.denied_to_us())))
  or casework.may_see(case_id, 'milestones'));

create policy grant_insert on casework.case_grant for insert to besa_app with check (
  granted_by = (select iam.actor())
  and casework.may_grant(case_id, org_id, account_id, data_classes, basis, source_id, valid_from, valid_to, reason));

-- A grant ends now, never earlier: what could have been read between two moments stays true.
create policy grant_end on casework.case_grant for update to besa_app using (
  (valid_to is null or valid_to > now()) and casework.may_end_grant(case_id, org_id, account_id, basis))
  with check (valid_to = now());

-- A conflict of interest says something about the officer and the person: only who may deny reads it.
create policy denial_read on casework.case_denial for select to besa_app using (casework.may_deny(case_id));

create policy denial_insert on casework.case_denial for insert to besa_app with check (
  denied_by = (select iam.actor()) and valid_from = now() and casework.may_deny(case_id));

create policy denial_end on casework.case_denial for update to besa_app using (
  (valid_to is null or valid_to > now()) and casework.may_deny(case_id))
  with check (valid_to = now());

create policy event_read on casework.case_event for select to besa_app using (casework.may_see(case_id, data_class));

create policy event_insert on casework.case_event for insert to besa_app with check (
  org_id = (select iam.org()) and account_id = (select iam.actor()) and recorded_at = now()
  and (casework.may_see(case_id, 'milestones')
    or (subject_kind = 'referral' and data_class = 'milestones'
      and (casework.referred_to_us(case_id) or casework.sent_by_us(case_id)))));

do $$
declare t text;
begin
  foreach t in array array['exploitation', 'identification', 'observation', 'identification_officer']
  loop
    execute format('create policy %s_read on casework.%s for select to besa_app
      using (casework.may_see(case_id, ''identification''))', t, t);
    -- An officer who took part is written down by whoever leads the identification; all else by its author.
    execute format('create policy %s_insert on casework.%s for insert to besa_app
      with check (casework.may_see(case_id, ''identification'')%s)', t, t,
      case t when 'identification_officer' then '' else
        ' and org_id = (select iam.org()) and account_id = (select iam.actor())' end);
  end loop;
  foreach t in array array['exploitation', 'identification']
  loop
    execute format('create policy %s_change on casework.%s for update to besa_app
      using (casework.may_see(case_id, ''identification'') and superseded_by is null)
      with check (casework.may_see(case_id, ''identification''))', t, t);
  end loop;
  -- What an organisation recorded itself it sees as long as it sees the case, in the classes of the reader's role. The
  -- authority follows cases and records none of this; a consent by its hand would open what it may not see.
  foreach t in array array['urgent_needs', 'closure', 'information_given', 'consent']
  loop
    execute format('create policy %s_read on casework.%s for select to besa_app using (
      casework.may_see(case_id, ''casework'')
      or (org_id = (select iam.org()) and casework.may_see(case_id, ''milestones'')))', t, t);
    execute format('create policy %s_insert on casework.%s for insert to besa_app with check (
      org_id = (select iam.org()) and account_id = (select iam.actor()) and not (select iam.national())
      and casework.may_see(case_id, ''milestones''))', t, t);
  end loop;
  foreach t in array array['service_delivery', 'note']
  loop
    execute format('create policy %s_read on casework.%s for select to besa_app using (
      casework.may_see(case_id, data_class)
      or (org_id = (select iam.org()) and casework.may_see(case_id, ''milestones'') and iam.holds(data_class)))', t, t);
    -- The authority says why it reopens a case, in a note that it cannot read again; it records no service.
    execute format('create policy %s_insert on casework.%s for insert to besa_app with check (
      org_id = (select iam.org()) and account_id = (select iam.actor())%s
      and casework.may_see(case_id, ''milestones''))', t, t,
      case t when 'note' then '' else ' and not (select iam.national())' end);
  end loop;
end $$;

-- A withdrawal is final, and is the only change of a consent.
create policy consent_change on casework.consent for update to besa_app using (
  withdrawn_at is null and not (select iam.national())
  and (casework.may_see(case_id, 'casework') or (org_id = (select iam.org()) and casework.may_see(case_id, 'milestones'))))
  with check (withdrawn_at is not null and withdrawn_by = (select iam.actor()));

create policy service_delivery_change on casework.service_delivery for update to besa_app using (
  org_id = (select iam.org()) and superseded_by is null)
  with check (org_id = (select iam.org()));

create policy request_read on casework.access_request for select to besa_app using (
  (account_id = (select iam.actor()) and casework.may_see(case_id, 'milestones'))
  or casework.may_see(case_id, 'casework'));

create policy request_insert on casework.access_request for insert to besa_app with check (
  org_id = (select iam.org()) and account_id = (select iam.actor()) and casework.may_see(case_id, 'milestones'));

-- Nobody answers their own request.
create policy request_change on casework.access_request for update to besa_app using (
  casework.may_see(case_id, 'casework') and account_id <> (select iam.actor()))
  with check (answered_by = (select iam.actor()));

create policy referral_read on casework.referral for select to besa_app using (
  (sender_org_id = (select iam.org()) and case_id <> all (array(select casework.denied_to_us())))
  or (receiver_org_id = (select iam.org()) and state <> 'drafted'
    and case_id <> all (array(select casework.denied_to_us())))
  or casework.may_see(case_id, 'milestones'));

create policy referral_insert on casework.referral for insert to besa_app with check (
  sender_org_id = (select iam.org()) and sender_account_id = (select iam.actor())
  and receiver_org_id is distinct from (select iam.org()) and state in ('drafted', 'sent') and answered_at is null
  and ended_at is null and jurisdiction = (select iam.jurisdiction())
  and (casework.may_see(case_id, 'milestones') or casework.referred_to_us(case_id))
  and casework.may_share(case_id, shared_classes));

create policy referral_change on casework.referral for update to besa_app using (
  (sender_org_id = (select iam.org()) and case_id <> all (array(select casework.denied_to_us())))
  or (receiver_org_id = (select iam.org()) and state <> 'drafted'
    and case_id <> all (array(select casework.denied_to_us())))
  or casework.may_see(case_id, 'milestones'))
  with check (casework.may_change_referral(id, receiver_org_id, shared_classes, state, answered_at, ended_at));

create policy referral_event_read on casework.referral_event for select to besa_app using (
  exists (select 1 from casework.referral r where r.id = referral_id));

create policy referral_event_insert on casework.referral_event for insert to besa_app with check (
  org_id = (select iam.org()) and account_id = (select iam.actor())
  and exists (select 1 from casework.referral r where r.id = referral_id and r.case_id = referral_event.case_id));

create policy bed_all on casework.bed to besa_app
  using (org_id = (select iam.org()) and (select iam.holds('shelter_location')))
  with check (org_id = (select iam.org()) and (select iam.role()) = 'shelter_manager');

create policy placement_read on casework.placement for select to besa_app using (
  (org_id = (select iam.org()) and (select iam.holds('shelter_location'))
    and case_id <> all (array(select casework.denied_to_us())))
  or ((select iam.role()) = 'system' and casework.may_see(case_id, 'milestones')));

create policy placement_insert on casework.placement for insert to besa_app with check (
  org_id = (select iam.org()) and account_id = (select iam.actor()) and (select iam.holds('shelter_location'))
  and casework.may_see(case_id, 'milestones') and casework.is_bed_of(bed_id, bed_number, org_id));

create policy placement_change on casework.placement for update to besa_app using (
  (org_id = (select iam.org()) and (select iam.holds('shelter_location'))
    and case_id <> all (array(select casework.denied_to_us())))
  or ((select iam.role()) = 'system' and casework.may_see(case_id, 'milestones')))
  with check (casework.is_bed_of(bed_id, bed_number, org_id));

create policy placement_event_read on casework.placement_event for select to besa_app using (
  org_id = (select iam.org()) and (select iam.holds('shelter_location'))
  and case_id <> all (array(select casework.denied_to_us())));

create policy placement_event_insert on casework.placement_event for insert to besa_app with check (
  account_id = (select iam.actor()) and exists (select 1 from casework.placement p
    where p.id = placement_id and p.case_id = placement_event.case_id and p.org_id = placement_event.org_id));

create policy task_read on casework.task for select to besa_app using (
  ((select iam.national()) and jurisdiction = (select iam.jurisdiction())
    and case_id <> all (array(select casework.denied_to_us())))
  or casework.may_see(case_id, 'milestones') or casework.referred_to_us(case_id));

create policy task_insert on casework.task for insert to besa_app with check (
  jurisdiction = (select iam.jurisdiction())
  and (casework.may_see(case_id, 'milestones') or casework.referred_to_us(case_id)));

create policy task_change on casework.task for update to besa_app using (
  casework.may_see(case_id, 'milestones') or casework.referred_to_us(case_id));

-- An entry says who, under which assignment, and now; nobody writes one for somebody else or for another day.
create policy entry_insert on audit.entry for insert to besa_app with check (
  account_id is not distinct from (select iam.actor()) and org_id is not distinct from (select iam.org())
  and assignment_id is not distinct from (select iam.assignment())
  and jurisdiction is not distinct from (select iam.jurisdiction()) and at = now());

create policy entry_read on audit.entry for select to besa_app using (
  (select iam.role()) in ('data_protection_officer', 'auditor')
  and (jurisdiction = (select iam.jurisdiction()) or jurisdiction is null));

-- Whatever a policy shows or takes, it asks first for an actor whose identity is signed and, where cases are, complete
-- and of a role that reads them. Written into each policy instead of a restrictive one: the owner is a member of the
-- application role, and a restrictive policy would keep its functions from the indexes (a search must not walk).
do $$
declare p record;
declare asked text;
begin
  for p in select * from pg_policies
    where 'besa_app' = any(roles) and (schemaname in ('vault', 'casework', 'audit') or (cmd in ('INSERT', 'UPDATE')
      and schemaname || '.' || tablename in ('iam.account', 'iam.assignment', 'ref.organisation'))) loop
    asked := case when p.schemaname in ('vault', 'casework') then 'iam.reads_cases()' else 'iam.proved()' end;
    if p.qual is not null then
      execute format('alter policy %I on %I.%I using ((select %s) and (%s))', p.policyname, p.schemaname, p.tablename,
        asked, p.qual);
    end if;
    if p.with_check is not null then
      execute format('alter policy %I on %I.%I with check ((select %s) and (%s))', p.policyname, p.schemaname,
        p.tablename, asked, p.with_check);
    end if;
  end loop;
end $$;

create trigger refuse_change before update or delete on audit.entry for each row execute function audit.refuse_change();

create trigger refuse_truncate before truncate on audit.entry for each statement execute function audit.refuse_change();

alter table audit.entry enable always trigger refuse_change;

alter table audit.entry enable always trigger refuse_truncate;

create trigger follow_referral after update of state on casework.referral for each row
  when (old.state is distinct from new.state) execute function casework.follow_referral();
