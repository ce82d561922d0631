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

grant select on ref.profile to besa_app;

grant select, insert, update on ref.organisation to besa_app;

grant select, insert, update on iam.account, iam.assignment, iam.recovery_code, iam.session, iam.refresh_token to besa_app;

grant select, insert, update, delete on iam.throttle, iam.idempotency, iam.known_device to besa_app;

grant delete on iam.recovery_code to besa_app;

grant select on iam.role, iam.installation to besa_app;

grant select, insert, update on vault.person, vault.duplicate to besa_app;

grant select, insert on vault.person_version to besa_app;

grant select, insert, update on casework.signal, casework.case_file, casework.exploitation, casework.identification,
  casework.consent, casework.referral, casework.bed, casework.placement, casework.task, casework.access_request,
  casework.case_denial to besa_app;

grant select, insert on casework.case_key, casework.case_grant, casework.case_event, casework.urgent_needs,
  casework.closure, casework.identification_officer, casework.observation, casework.information_given,
  casework.referral_event, casework.placement_event, casework.service_delivery, casework.note to besa_app;

grant update (valid_to) on casework.case_grant to besa_app;

grant update (superseded_by) on casework.service_delivery to besa_app;

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
  id = (select iam.actor()) or (select iam.role()) = 'administrator');

create policy account_owner on iam.account to current_user using (true) with check (true);

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
    'vault.person', 'casework.signal', 'casework.case_file', 'casework.case_grant', 'casework.case_denial',
    'casework.case_event', 'casework.board_delta', 'casework.referral', 'casework.service_delivery', 'casework.task',
    'audit.entry']
  loop
    execute format('create policy owner_functions on %s to current_user using (true) with check (true)', t);
  end loop;
end $$;

create policy person_read on vault.person for select to besa_app using (vault.may_see_person(id));

create policy person_insert on vault.person for insert to besa_app with check (
  org_id = (select iam.org()) and created_by = (select iam.actor()) and jurisdiction = (select iam.jurisdiction())
  and (select iam.holds('identity')));

create policy person_change on vault.person for update to besa_app using (vault.may_see_person(id));

create policy version_read on vault.person_version for select to besa_app using (vault.may_see_person(person_id));

create policy version_insert on vault.person_version for insert to besa_app with check (
  vault.may_see_person(person_id) and org_id = (select iam.org()) and account_id = (select iam.actor()));

create policy duplicate_all on vault.duplicate to besa_app
  using (vault.may_see_person(person_id) or vault.may_see_person(other_id))
  with check (jurisdiction = (select iam.jurisdiction())
    and (vault.may_see_person(person_id) or vault.may_see_person(other_id)));

create policy signal_read on casework.signal for select to besa_app using (
  org_id = (select iam.org()) or passed_to_org_id = (select iam.org())
  or ((select iam.national()) and jurisdiction = (select iam.jurisdiction()))
  or (case_id is not null and casework.may_see(case_id, 'casework')));

create policy signal_insert on casework.signal for insert to besa_app with check (
  org_id = (select iam.org()) and account_id = (select iam.actor()) and jurisdiction = (select iam.jurisdiction()));

create policy signal_change on casework.signal for update to besa_app using (
  org_id = (select iam.org()) or passed_to_org_id = (select iam.org()))
  with check (jurisdiction = (select iam.jurisdiction()));

create policy case_read on casework.case_file for select to besa_app using (
  ((select iam.national()) and jurisdiction = (select iam.jurisdiction()) and not casework.denied(id))
  or casework.may_see(id, 'milestones'));

create policy case_insert on casework.case_file for insert to besa_app with check (
  opened_org_id = (select iam.org()) and opened_by = (select iam.actor())
  and jurisdiction = (select iam.jurisdiction()) and (select iam.holds('milestones')));

create policy case_change on casework.case_file for update to besa_app using (casework.may_see(id, 'milestones'))
  with check (jurisdiction = (select iam.jurisdiction()));

create policy key_read on casework.case_key for select to besa_app using (casework.may_see(case_id, 'milestones'));

create policy key_insert on casework.case_key for insert to besa_app with check (casework.opened_by_us(case_id));

create policy grant_read on casework.case_grant for select to besa_app using (
  org_id = (select iam.org()) or account_id = (select iam.actor()) or casework.may_see(case_id, 'milestones'));

create policy grant_insert on casework.case_grant for insert to besa_app with check (
  granted_by = (select iam.actor())
  and casework.may_grant(case_id, org_id, account_id, data_classes, basis, source_id, valid_to));

create policy grant_end on casework.case_grant for update to besa_app using (
  (org_id = (select iam.org()) or casework.may_see(case_id, 'milestones'))
  and (valid_to is null or valid_to > now()))
  with check (valid_to <= now());

create policy denial_read on casework.case_denial for select to besa_app using (casework.may_see(case_id, 'milestones'));

create policy denial_insert on casework.case_denial for insert to besa_app with check (
  denied_by = (select iam.actor()) and casework.may_see(case_id, 'milestones'));

create policy denial_end on casework.case_denial for update to besa_app using (casework.may_see(case_id, 'milestones'))
  with check (valid_to is not null);

create policy event_read on casework.case_event for select to besa_app using (casework.may_see(case_id, data_class));

create policy event_insert on casework.case_event for insert to besa_app with check (
  org_id = (select iam.org()) and account_id = (select iam.actor())
  and (casework.may_see(case_id, 'milestones') or casework.referred_to_us(case_id)));

do $$
declare t text;
begin
  foreach t in array array['exploitation', 'identification', 'identification_officer', 'observation']
  loop
    execute format('create policy %s_all on casework.%s to besa_app using (casework.may_see(case_id, ''identification''))
      with check (casework.may_see(case_id, ''identification''))', t, t);
  end loop;
  -- What an organisation recorded itself it sees as long as it sees the case.
  foreach t in array array['urgent_needs', 'closure', 'information_given', 'consent']
  loop
    execute format('create policy %s_read on casework.%s for select to besa_app using (
      casework.may_see(case_id, ''casework'')
      or (org_id = (select iam.org()) and casework.may_see(case_id, ''milestones'')))', t, t);
    execute format('create policy %s_insert on casework.%s for insert to besa_app with check (
      org_id = (select iam.org()) and account_id = (select iam.actor()) and casework.may_see(case_id, ''milestones''))', t, t);
  end loop;
  foreach t in array array['service_delivery', 'note']
  loop
    execute format('create policy %s_read on casework.%s for select to besa_app using (
      casework.may_see(case_id, data_class)
      or (org_id = (select iam.org()) and casework.may_see(case_id, ''milestones'') and (select iam.holds(''casework''))))', t, t);
    execute format('create policy %s_insert on casework.%s for insert to besa_app with check (
      org_id = (select iam.org()) and account_id = (select iam.actor()) and casework.may_see(case_id, ''milestones''))', t, t);
  end loop;
end $$;

create policy consent_change on casework.consent for update to besa_app using (
  casework.may_see(case_id, 'casework') or (org_id = (select iam.org()) and casework.may_see(case_id, 'milestones')));

create policy service_delivery_change on casework.service_delivery for update to besa_app using (
  org_id = (select iam.org()));

create policy request_read on casework.access_request for select to besa_app using (
  account_id = (select iam.actor()) or casework.may_see(case_id, 'casework'));

create policy request_insert on casework.access_request for insert to besa_app with check (
  org_id = (select iam.org()) and account_id = (select iam.actor()) and casework.may_see(case_id, 'milestones'));

create policy request_change on casework.access_request for update to besa_app using (casework.may_see(case_id, 'casework'));

create policy referral_read on casework.referral for select to besa_app using (
  (sender_org_id = (select iam.org()) and not casework.denied(case_id))
  or (receiver_org_id = (select iam.org()) and state <> 'drafted' and not casework.denied(case_id))
  or casework.may_see(case_id, 'milestones'));

create policy referral_insert on casework.referral for insert to besa_app with check (
  sender_org_id = (select iam.org()) and sender_account_id = (select iam.actor())
  and jurisdiction = (select iam.jurisdiction())
  and (casework.may_see(case_id, 'milestones') or casework.referred_to_us(case_id)));

create policy referral_change on casework.referral for update to besa_app using (
  (sender_org_id = (select iam.org()) and not casework.denied(case_id))
  or (receiver_org_id = (select iam.org()) and state <> 'drafted' and not casework.denied(case_id))
  or casework.may_see(case_id, 'milestones'));

create policy referral_event_read on casework.referral_event for select to besa_app using (
  exists (select 1 from casework.referral r where r.id = referral_id));

create policy referral_event_insert on casework.referral_event for insert to besa_app with check (
  org_id = (select iam.org()) and account_id = (select iam.actor())
  and exists (select 1 from casework.referral r where r.id = referral_id));

create policy bed_all on casework.bed to besa_app
  using (org_id = (select iam.org()) and (select iam.holds('shelter_location')))
  with check (org_id = (select iam.org()) and (select iam.role()) = 'shelter_manager');

create policy placement_read on casework.placement for select to besa_app using (
  (org_id = (select iam.org()) and (select iam.holds('shelter_location')) and not casework.denied(case_id))
  or (select iam.role()) = 'system');

create policy placement_insert on casework.placement for insert to besa_app with check (
  org_id = (select iam.org()) and account_id = (select iam.actor()) and (select iam.holds('shelter_location'))
  and casework.may_see(case_id, 'milestones'));

create policy placement_change on casework.placement for update to besa_app using (
  (org_id = (select iam.org()) and (select iam.holds('shelter_location'))) or (select iam.role()) = 'system');

create policy placement_event_read on casework.placement_event for select to besa_app using (
  org_id = (select iam.org()) and (select iam.holds('shelter_location')) and not casework.denied(case_id));

create policy placement_event_insert on casework.placement_event for insert to besa_app with check (
  account_id = (select iam.actor())
  and ((org_id = (select iam.org()) and (select iam.holds('shelter_location'))) or (select iam.role()) = 'system'));

create policy task_read on casework.task for select to besa_app using (
  (org_id = (select iam.org()) and (select iam.holds('milestones')) and not casework.denied(case_id))
  or ((select iam.national()) and jurisdiction = (select iam.jurisdiction()) and not casework.denied(case_id))
  or casework.may_see(case_id, 'milestones') or casework.referred_to_us(case_id));

create policy task_insert on casework.task for insert to besa_app with check (
  jurisdiction = (select iam.jurisdiction())
  and (casework.may_see(case_id, 'milestones') or casework.referred_to_us(case_id)));

create policy task_change on casework.task for update to besa_app using (
  casework.may_see(case_id, 'milestones') or casework.referred_to_us(case_id));

create policy entry_insert on audit.entry for insert to besa_app with check (
  account_id is not distinct from (select iam.actor()) and org_id is not distinct from (select iam.org()));

create policy entry_read on audit.entry for select to besa_app using (
  (select iam.role()) in ('data_protection_officer', 'auditor')
  and (jurisdiction = (select iam.jurisdiction()) or jurisdiction is null));

create trigger refuse_change before update or delete on audit.entry for each row execute function audit.refuse_change();

create trigger refuse_truncate before truncate on audit.entry for each statement execute function audit.refuse_change();

alter table audit.entry enable always trigger refuse_change;

alter table audit.entry enable always trigger refuse_truncate;

create trigger count_case after insert or update on casework.case_file
  for each row execute function casework.count_case();
