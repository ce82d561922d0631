-- Which fields of the procedures' forms a case holds: names of fields and conditions, never what stands in them.
--
-- Presence is told of every class, also of those the reader may not open: somebody who answers for a case must see that
-- the identification has no place, without reading the identification. That is why the owner reads here, and reads only.
do $$
declare t text;
begin
  foreach t in array array['identification', 'identification_officer', 'observation', 'exploitation',
    'information_given', 'urgent_needs', 'closure', 'formal_interview', 'formal_proposal', 'formal_decision',
    'formal_handing_over'] loop
    execute format('create policy owner_forms on casework.%I for select to current_user using (true)', t);
  end loop;
end $$;

-- One row for each form that is begun or due in a case; whose form it is; the names of its fields that are there; the
-- conditions (`required` of the profile, `only_if` of app/domain/sop_forms.py) that hold. Not for the application.
create function casework.forms_held(given uuid[]) returns table (
  case_id uuid, form text, org_id uuid, present text[], conditions text[]
) language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  with c as materialized (
    select f.*, case when f.is_child then 'child' else 'adult' end as age from casework.case_file f
    where f.id = any(given) and coalesce(f.closure_reason, '') not in ('DUPLICATE', 'ENTERED_IN_ERROR')
  ), situation as materialized (
    select e.case_id, bool_or(cardinality(e.acts) > 0) as acts, bool_or(cardinality(e.means) > 0) as means,
      bool_or(cardinality(e.forms) > 0) as forms, bool_or(e.main_form is not null) as main_form,
      bool_or(e.scope is not null) as scope, bool_or(cardinality(e.countries) > 0) as countries,
      bool_or(e.from_year is not null) as since, bool_or(e.to_year is not null or e.ongoing) as until,
      bool_or(cardinality(e.sectors) > 0) as sectors, bool_or(cardinality(e.recruitment_channels) > 0) as channels,
      bool_or(cardinality(e.recruitment_promises) > 0) as promises,
      bool_or(cardinality(e.recruiter_relationships) > 0) as relationships,
      bool_or(cardinality(e.control_methods) > 0) as control
    from casework.exploitation e where e.case_id = any(given) and e.superseded_by is null group by e.case_id
  )
  select c.id, 'F1', r.sender_org_id, array_remove(array[
      'case_pseudonym', 'referring_organisation', 'referring_role', 'referral_status', 'age_group', 'age_is_estimate', 'sex',
      'interpreter_needed', 'urgency',
      case when r.sent_at is not null then 'sent_at' end,
      case when c.municipality is not null then 'place' end,
      case when s.channel is not null then 'signal_channel' end,
      case when c.detection_source is not null then 'detection_source' end,
      case when c.citizenship_group <> 'UNKNOWN' then 'citizenship' end,
      case when cardinality(c.languages) > 0 then 'language' end,
      case when exists (select from casework.urgent_needs u where u.case_id = c.id) then 'medical_need' end,
      case when cardinality(c.forms) > 0 then 'suspected_forms' end,
      case when x.countries then 'country_of_exploitation' end,
      case when exists (select from casework.identification i join casework.observation o on o.identification_id = i.id
        where i.case_id = c.id and o.answer <> 'not_asked') then 'indicators' end,
      case when jsonb_array_length(r.bases) > 0 or w.basis is not null then 'authorisation' end,
      case when w.purpose is not null then 'consent_purposes' end,
      case when cardinality(r.purposes) > 0 then 'referral_purpose' end,
      case when cardinality(r.requested_services) > 0 then 'requested_services' end,
      case when r.receiver_org_id is not null then 'receiver_organisation' end,
      case when r.decline_reason is not null then 'decline_reason' end,
      case when r.answered_at is not null then 'answered_at' end
    ], null), array_remove(array[c.age, case when s.channel is not null then 'signal' end,
      case when r.state = 'declined' then 'if_declined' end,
      case when r.state in ('accepted', 'in_service', 'completed', 'declined', 'redirected') then 'on_answer' end], null)
  from c
  join lateral (select * from casework.referral r where r.case_id = c.id and r.state <> 'drafted'
    order by r.id desc limit 1) r on true
  left join lateral (select s.channel from casework.signal s where s.case_id = c.id order by s.id limit 1) s on true
  left join lateral (select w.basis, w.purpose from casework.consent w
    where w.case_id = c.id and w.answer in ('given', 'not_asked') order by w.id desc limit 1) w on true
  left join situation x on x.case_id = c.id
  union all
  select c.id, 'F2', coalesce(i.org_id, c.responsible_org_id), array_remove(array[
      'case_pseudonym', 'record_kind',
      case when i.id is not null then 'identification_kind' end,
      case when i.id is not null then 'started_at' end,
      case when i.place is not null then 'place' end,
      case when cardinality(i.border_circumstances) > 0 then 'border_circumstance' end,
      case when i.id is not null then 'organisation' end,
      case when exists (select from casework.identification_officer p where p.identification_id = i.id) then 'team_members' end,
      case when i.id is not null then 'police_present' end,
      case when c.detection_source is not null then 'detection_source' end,
      case when cardinality(i.sets) > 0 then 'checklist' end,
      case when exists (select from casework.observation o where o.identification_id = i.id
        and o.answer <> 'not_asked') then 'indicators' end,
      case when i.circumstances is not null then 'special_circumstances' end,
      case when x.acts then 'acts' end, case when x.means then 'means' end, case when x.forms then 'forms' end,
      case when x.main_form then 'main_form' end, case when x.scope then 'scope' end,
      case when x.channels then 'recruitment_channel' end, case when x.promises then 'recruitment_promise' end,
      case when x.relationships then 'recruiter_relationship' end, case when x.control then 'control_methods' end,
      case when x.sectors then 'labour_sector' end, case when x.countries then 'country_of_exploitation' end,
      case when x.since then 'exploitation_from' end, case when x.until then 'exploitation_to' end,
      case when jsonb_array_length(i.aid_results) > 0 then 'aid_results' end,
      case when i.result is not null then 'result' end,
      case when i.decision_reason is not null then 'decision_reason' end,
      case when exists (select from casework.information_given g where g.case_id = c.id
        and cardinality(g.topics) > 0) then 'rights_information' end,
      case when i.id is not null then 'interpreter_used' end
    ], null), array_remove(array[c.age,
      case when cardinality(i.border_circumstances) > 0 or c.detection_source in ('BORDER_POLICE', 'BORDER_SCREENING')
        then 'if_border' end], null)
  from c
  left join lateral (select * from casework.identification i where i.case_id = c.id and i.superseded_by is null
    order by i.id desc limit 1) i on true
  left join situation x on x.case_id = c.id
  union all
  select c.id, 'F3', c.responsible_org_id, array_remove(array[
      'case_pseudonym', 'requested_at',
      case when p.id is not null then 'requested_by' end,
      case when p.id is not null then 'reflection_ended' end,
      case when p.early_reason is not null then 'reflection_override_reason' end,
      case when v.id is not null then 'interview_kind' end,
      case when h.interviewed then 'interview_number' end,
      case when v.audiovisual is not null then 'recorded_audiovisually' end,
      case when jsonb_array_length(v.officers) > 0 then 'participants' end,
      case when v.id is not null then 'guardian_present' end,
      case when v.id is not null then 'interpreter_used' end,
      case when x.acts then 'acts' end, case when x.means then 'means' end, case when x.forms then 'forms' end,
      case when h.decided then 'decision' end, case when h.decided then 'decided_at' end,
      case when exists (select from casework.formal_proposal q where q.formal_procedure_id = p.id
        and q.reasoning is not null) then 'reasons' end,
      case when exists (select from casework.formal_decision d where d.formal_procedure_id = p.id) then 'signatures' end,
      case when exists (select from casework.formal_handing_over o where o.formal_procedure_id = p.id)
        then 'person_informed_at' end
    ], null), array_remove(array[c.age, case when p.id is not null then 'procedure' end,
      case when h.reflecting then 'if_not_ended' end], null)
  from c
  join lateral (select bool_or(e.kind = 'FORMAL_REQUESTED') as requested,
      bool_or(e.kind = 'FORMAL_INTERVIEWED') as interviewed, bool_or(e.kind = 'FORMAL_DECIDED') as decided,
      bool_or(e.kind = 'REFLECTION_STARTED') and not bool_or(e.kind = 'REFLECTION_ENDED') as reflecting
    from casework.case_event e where e.case_id = c.id and e.kind in ('FORMAL_REQUESTED', 'FORMAL_INTERVIEWED',
      'FORMAL_DECIDED', 'REFLECTION_STARTED', 'REFLECTION_ENDED')) h on h.requested
  left join lateral (select * from casework.formal_procedure p where p.case_id = c.id order by p.id desc limit 1) p on true
  left join lateral (select * from casework.formal_interview v where v.formal_procedure_id = p.id
    order by v.number desc limit 1) v on true
  left join situation x on x.case_id = c.id
  union all
  select c.id, 'F6', w.org_id, array_remove(array[
      'case_pseudonym', 'purpose', 'given_at',
      case when coalesce(w.recipient_org_id::text, w.recipient_kind, w.recipient_country) is not null then 'recipient' end,
      case when w.basis is not null then 'basis' end,
      case when w.form is not null then 'form' end,
      case when w.text_version is not null then 'text_version' end,
      case when w.language is not null then 'language' end,
      case when w.witness is not null or w.interpreter in ('present', 'telephone') then 'witness_role' end,
      case when 'purpose' = any(w.told) then 'told_purpose' end,
      case when 'data' = any(w.told) then 'told_use' end,
      case when 'rights' = any(w.told) then 'told_right_of_access' end,
      case when 'retention' = any(w.told) then 'told_storage_time' end,
      case when 'withdrawal' = any(w.told) then 'told_withdrawal' end,
      case when w.withdrawn_at is not null then 'withdrawn_at' end,
      case when w.assent is not null then 'child_view' end
    ], null), array_remove(array[c.age, case when w.answer = 'given' then 'asked' end,
      case when cardinality(w.data_classes) > 0 then 'if_sharing' end,
      case when w.form in ('ORAL_WITNESSED', 'ORAL_INTERPRETED') then 'if_oral' end], null)
  from c join lateral (select * from casework.consent w where w.case_id = c.id and w.answer in ('given', 'not_asked')
    order by w.id desc limit 1) w on true
  union all
  select c.id, 'F8', c.responsible_org_id, array_remove(array[
      'case_pseudonym', 'long_term_help_recorded',
      case when c.closure_reason is not null then 'closure_reason' end,
      case when c.closed_at is not null then 'closed_at' end,
      case when z.assistance_outcome is not null then 'assistance_outcome' end,
      case when z.not_assisted_reason is not null then 'not_assisted_reason' end,
      case when exists (select from casework.urgent_needs u where u.case_id = c.id) then 'immediate_help_recorded' end,
      case when z.accommodation_after is not null then 'accommodation_after' end,
      case when z.id is not null then 'follow_up_agreed' end,
      case when z.follow_up_on is not null then 'follow_up_on' end
    ], null), array_remove(array[c.age, case when z.assistance_outcome = 'NOT_ASSISTED' then 'if_not_assisted' end,
      case when z.follow_up_agreed then 'if_agreed' end], null)
  from c left join lateral (select * from casework.closure z where z.case_id = c.id order by z.id desc limit 1) z on true
  where c.state = 'closed'
$$;

-- The forms of cases the actor works with; a case that is not theirs is left out without a word. The authority gets
-- counts alone (below).
create function casework.forms_of(given uuid[]) returns table (
  case_id uuid, form text, org_id uuid, present text[], conditions text[]
) language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select h.* from casework.forms_held(array(
    select g.id from unnest(given) g (id)
    where iam.reads_cases() and not iam.national() and casework.may_see(g.id, 'milestones'))) h
$$;

-- How many forms of cases opened since `since` hold the same fields, by organisation: counts, no case. An organisation
-- is told of its own forms, the authority of every organisation's in its jurisdiction.
create function casework.form_patterns(since timestamptz) returns table (
  form text, org_id uuid, present text[], conditions text[], forms bigint
) language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select h.form, h.org_id, h.present, h.conditions, count(*) from casework.forms_held(array(
    select c.id from casework.case_file c
    where iam.reads_cases() and iam.national() and c.jurisdiction = iam.jurisdiction() and c.opened_at >= since
    union
    select c.id from casework.case_grant g join casework.case_file c on c.id = g.case_id
    where iam.reads_cases() and not iam.national() and g.org_id = iam.org() and g.valid_from <= now()
      and (g.valid_to is null or g.valid_to > now()) and 'milestones' = any(g.data_classes) and c.opened_at >= since
      and not casework.denied(c.id))) h
  where iam.national() or h.org_id = iam.org()
  group by 1, 2, 3, 4
$$;

revoke execute on function casework.forms_held(uuid[]), casework.forms_of(uuid[]), casework.form_patterns(timestamptz) from public;

grant execute on function casework.forms_of(uuid[]), casework.form_patterns(timestamptz) to besa_app;
