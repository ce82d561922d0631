-- What is on record about a child and about risk: read with casework, or what one's own organisation wrote while it sees
-- the case; the name of a guardian with identity; who the child-protection worker is with the milestones. The authority
-- follows cases and writes none of it.
do $$
declare
  t text;
  sees text;
begin
  foreach t in array array['age_assessment', 'separation_record', 'guardian', 'best_interest_assessment', 'child_move',
    'monitoring_visit', 'risk_assessment', 'routing_deviation', 'child_worker', 'guardian_identity', 'risk_assessor']
  loop
    execute format('alter table casework.%I enable row level security', t);
    execute format('alter table casework.%I force row level security', t);
    execute format('grant select, insert on casework.%I to besa_app', t);
    sees := case t
      when 'child_worker' then 'casework.may_see(case_id, ''milestones'')'
      when 'guardian_identity' then 'casework.may_see(case_id, ''identity'')'
      when 'risk_assessor' then
        'casework.may_see(case_id, ''casework'') or (account_id = (select iam.actor()) and casework.may_see(case_id, ''milestones''))'
      else 'casework.may_see(case_id, ''casework'') or (org_id = (select iam.org()) and casework.may_see(case_id, ''milestones''))'
    end;
    execute format('create policy %I on casework.%I for select to besa_app using ((select iam.reads_cases()) and (%s))',
      t || '_read', t, sees);
  end loop;
  -- A move and a visit are written by who sees the milestones (a shelter, the agency); all else by who sees what it says.
  foreach t in array array['age_assessment', 'separation_record', 'guardian', 'best_interest_assessment', 'child_move',
    'monitoring_visit', 'risk_assessment', 'routing_deviation', 'child_worker', 'guardian_identity']
  loop
    execute format('create policy %I on casework.%I for insert to besa_app with check ((select iam.reads_cases())
      and org_id = (select iam.org()) and account_id = (select iam.actor()) and not (select iam.national())
      and casework.may_see(case_id, %L))', t || '_insert', t, case
        when t in ('child_move', 'monitoring_visit', 'routing_deviation') then 'milestones'
        when t = 'guardian_identity' then 'identity' else 'casework' end);
  end loop;
end $$;

-- Who rates is named by who records the rating; nobody is named as having said yes.
create policy risk_assessor_insert on casework.risk_assessor for insert to besa_app with check (
  (select iam.reads_cases()) and named_by = (select iam.actor()) and not (select iam.national())
  and casework.may_see(case_id, 'casework')
  and (account_id = (select iam.actor()) or (confirmed_at is null and objected_at is null))
  and exists (select 1 from casework.risk_assessment r
    where r.id = risk_assessment_id and r.case_id = risk_assessor.case_id));

grant update (confirmed_at, objected_at, objection) on casework.risk_assessor to besa_app;

-- Each speaks once and for themself.
create policy risk_assessor_word on casework.risk_assessor for update to besa_app using (
  (select iam.reads_cases()) and account_id = (select iam.actor()) and confirmed_at is null and objected_at is null
  and casework.may_see(case_id, 'milestones'))
  with check ((select iam.reads_cases()) and (confirmed_at = now() or objected_at = now()));

-- True where everybody who had to has said yes.
create function casework.rated_by_all(given uuid) returns boolean language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select exists (select 1 from casework.risk_assessment r where r.id = given
    and not exists (select 1 from casework.risk_assessor a where a.risk_assessment_id = given and a.objected_at is not null)
    and not exists (select 1 from unnest(r.seats) seat where not exists (
      select 1 from casework.risk_assessor a
      where a.risk_assessment_id = given and a.kind = seat and a.confirmed_at is not null)))
$$;

create policy owner_functions on casework.risk_assessment to current_user using (true) with check (true);

create policy owner_functions on casework.risk_assessor to current_user using (true) with check (true);

grant update (state, version) on casework.risk_assessment to besa_app;

-- A level holds when all have said yes, and no statement makes it hold before.
create policy risk_assessment_state on casework.risk_assessment for update to besa_app using (
  (select iam.reads_cases()) and state = 'proposed' and casework.may_see(case_id, 'milestones'))
  with check ((select iam.reads_cases()) and (state = 'disputed' or (state = 'confirmed' and casework.rated_by_all(id))));

grant update (ended_at, end_reason, end_note, ended_by, version) on casework.guardian to besa_app;

create policy guardian_end on casework.guardian for update to besa_app using (
  (select iam.reads_cases()) and ended_at is null and not (select iam.national()) and casework.may_see(case_id, 'casework'))
  with check ((select iam.reads_cases()) and ended_at is not null and ended_by = (select iam.actor()));

grant update (ended_at, end_reason, ended_by, version) on casework.child_worker to besa_app;

create policy child_worker_end on casework.child_worker for update to besa_app using (
  (select iam.reads_cases()) and ended_at is null and not (select iam.national()) and casework.may_see(case_id, 'casework'))
  with check ((select iam.reads_cases()) and ended_at is not null and ended_by = (select iam.actor()));

-- True where the actor may open a child's case to its child-protection worker (what the giver sees, without the address
-- of a shelter), to the agency that monitors (milestones), or to somebody who rates the risk (for a month at most).
create function casework.may_grant_for_child(
  given uuid, to_org uuid, to_account uuid, classes text[], given_basis text, source uuid, since timestamptz,
  until timestamptz
) returns boolean language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select since <= now() and not 'shelter_location' = any(classes) and not casework.denied(given)
    and not iam.national() and casework.may_see(given, 'casework') and case given_basis
      when 'child_protection' then exists (select 1 from casework.child_worker w
          where w.id = source and w.case_id = given and w.ended_at is null and w.account_id = iam.actor()
            and (w.worker_account_id is not distinct from to_account)
            and (to_account is not null or w.worker_org_id = to_org))
        and not exists (select 1 from unnest(classes) c where not casework.held_by_us(given, c))
      when 'child_monitoring' then classes = '{milestones}'::text[] and exists (select 1 from ref.organisation o
        where o.id = to_org and o.kind = 'CHILD_RIGHTS_AGENCY' and o.active)
      when 'risk_team' then to_account is not null and until <= now() + interval '31 days'
        and classes <@ '{milestones,casework,identification}'::text[]
        and exists (select 1 from casework.risk_assessor a
          where a.risk_assessment_id = source and a.case_id = given and a.account_id = to_account
            and a.named_by = iam.actor())
        and not exists (select 1 from unnest(classes) c where not casework.may_see(given, c))
      else false
    end
$$;

create policy owner_functions on casework.child_worker to current_user using (true) with check (true);

create policy grant_for_child on casework.case_grant for insert to besa_app with check (
  (select iam.reads_cases()) and granted_by = (select iam.actor()) and casework.may_grant_for_child(
    case_id, org_id, account_id, data_classes, basis, source_id, valid_from, valid_to));

create policy grant_for_child_end on casework.case_grant for update to besa_app using (
  (select iam.reads_cases()) and basis in ('child_protection', 'child_monitoring', 'risk_team')
  and (valid_to is null or valid_to > now()) and casework.may_see(case_id, 'casework'))
  with check ((select iam.reads_cases()) and valid_to = now());

-- True where the file names somebody of this relation as a recruiter: for the refusal of a guardian, whoever records it.
create function casework.recruited_by(given uuid, relation text) returns boolean language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select casework.may_see(given, 'casework') and iam.reads_cases() and exists (
    select 1 from casework.exploitation x
    where x.case_id = given and x.superseded_by is null and relation = any(x.recruiter_relationships))
$$;

create policy owner_functions on casework.exploitation to current_user using (true) with check (true);

revoke execute on function casework.rated_by_all(uuid), casework.recruited_by(uuid, text),
  casework.may_grant_for_child(uuid, uuid, uuid, text[], text, uuid, timestamptz, timestamptz) from public;

grant execute on function casework.rated_by_all(uuid), casework.recruited_by(uuid, text),
  casework.may_grant_for_child(uuid, uuid, uuid, text[], text, uuid, timestamptz, timestamptz) to besa_app
