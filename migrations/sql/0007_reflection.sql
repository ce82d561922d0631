-- Reflection is told in dates and codes, like the other milestones of a case; why stands in notes of the casework.
-- Proceedings against the person are legal data. Nobody of the authority records either: it follows.
do $$
declare t text;
begin
  foreach t in array array['reflection', 'reflection_step', 'proceeding', 'proceeding_step', 'proceeding_notice',
    'escalation'] loop
    execute format('alter table casework.%I enable row level security', t);
    execute format('alter table casework.%I force row level security', t);
    execute format('grant select, insert on casework.%I to besa_app', t);
  end loop;
  foreach t in array array['reflection', 'reflection_step'] loop
    execute format('create policy %s_read on casework.%I for select to besa_app
      using ((select iam.reads_cases()) and casework.may_see(case_id, ''milestones''))', t, t);
    execute format('create policy %s_insert on casework.%I for insert to besa_app with check (
      (select iam.reads_cases()) and org_id = (select iam.org()) and account_id = (select iam.actor())
      and not (select iam.national()) and casework.may_see(case_id, ''milestones''))', t, t);
  end loop;
  foreach t in array array['proceeding', 'proceeding_step', 'proceeding_notice'] loop
    execute format('create policy %s_read on casework.%I for select to besa_app
      using ((select iam.reads_cases()) and casework.may_see(case_id, ''legal''))', t, t);
    execute format('create policy %s_insert on casework.%I for insert to besa_app with check (
      (select iam.reads_cases()) and org_id = (select iam.org()) and account_id = (select iam.actor())
      and not (select iam.national()) and casework.may_see(case_id, ''legal''))', t, t);
  end loop;
end $$;

grant update (version) on casework.reflection, casework.proceeding to besa_app;

grant update (state, answered_at, answered_by, note) on casework.escalation to besa_app;

grant update (due_at, paused_at) on casework.task to besa_app;

grant update (answer_by) on casework.referral to besa_app;

create policy reflection_change on casework.reflection for update to besa_app using (
  (select iam.reads_cases()) and not (select iam.national()) and casework.may_see(case_id, 'milestones'))
  with check ((select iam.reads_cases()) and casework.may_see(case_id, 'milestones'));

create policy proceeding_change on casework.proceeding for update to besa_app using (
  (select iam.reads_cases()) and casework.may_see(case_id, 'legal'))
  with check ((select iam.reads_cases()) and casework.may_see(case_id, 'legal'));

-- What is overdue is seen by who works with the case, who owes it, and the authority; the program raises it, and the
-- authority gives it back.
create policy escalation_read on casework.escalation for select to besa_app using (
  (select iam.reads_cases()) and (((select iam.national()) and jurisdiction = (select iam.jurisdiction())
    and case_id <> all (array(select casework.denied_to_us())))
  or casework.may_see(case_id, 'milestones')
  or (org_id = (select iam.org()) and casework.referred_to_us(case_id))));

create policy escalation_insert on casework.escalation for insert to besa_app with check (
  (select iam.reads_cases()) and (select iam.role()) = 'system' and jurisdiction = (select iam.jurisdiction())
  and state = 'raised' and answered_at is null and note is null);

create policy escalation_answer on casework.escalation for update to besa_app using (
  (select iam.reads_cases()) and (select iam.role()) = 'responsible_authority' and state = 'raised'
  and jurisdiction = (select iam.jurisdiction()) and case_id <> all (array(select casework.denied_to_us())))
  with check ((select iam.reads_cases()) and state = 'passed_back' and answered_by = (select iam.actor())
  and answered_at = now());

do $$
declare t text;
begin
  foreach t in array array['proceeding', 'proceeding_step', 'proceeding_notice', 'escalation'] loop
    execute format('create policy owner_functions on casework.%I to current_user using (true) with check (true)', t);
  end loop;
end $$;

-- What is done, called off or paused is no longer overdue.
create function casework.end_escalation() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  update casework.escalation e set state = 'ended', ended_at = now() where e.task_id = new.id and e.state = 'raised';
  return null;
end $$;

create trigger end_escalation after update of state on casework.task for each row
  when (old.state = 'open' and new.state <> 'open') execute function casework.end_escalation();

-- When a person was found to be a victim: the first finding that stands. None where there is none.
create function casework.identified_at(given uuid) returns timestamptz language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select min(e.occurred_at) from casework.case_event e
  where e.case_id = given and e.data_class in ('milestones', 'identification')
    and ((e.kind = 'INITIAL_ID_DECIDED' and e.facts ->> 'result' = 'VMT')
      or (e.kind in ('FORMAL_DECIDED', 'RECONSIDERED') and e.facts ->> 'result' = 'VT'))
    and not exists (select 1 from casework.case_event later where later.corrects = e.id)
$$;

-- For the program itself: proceedings that were begun before the person was found to be a victim and of which nobody has
-- been reminded yet. The program learns that there are some, and of which case.
create function casework.proceedings_to_flag(zone text, at_most integer) returns table (case_id uuid, proceeding_id uuid)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select p.case_id, p.id from casework.proceeding p
  join casework.case_file c on c.id = p.case_id and c.state <> 'closed'
  where p.jurisdiction = iam.jurisdiction() and iam.role() = 'system' and iam.reads_cases()
    and c.status in ('VMT', 'VT') and p.begun_on < (casework.identified_at(p.case_id) at time zone zone)::date
    and not exists (select 1 from casework.case_event e
      where e.case_id = p.case_id and e.kind = 'PROCEEDINGS_FLAGGED' and e.subject_id = p.id)
    and not exists (select 1 from casework.proceeding_step s where s.proceeding_id = p.id and s.kind = 'retracted')
    and not exists (select 1 from casework.proceeding_notice n where n.proceeding_id = p.id)
  order by p.id limit least(at_most, 500)
$$;

-- How each proceeding stands, for the functions below: its last outcome, and whether it was begun before identification.
create function casework.proceedings_standing(of_jurisdiction text, zone text) returns table (
  case_id uuid, proceeding_id uuid, begun_on date, outcome text, begun_before boolean, told boolean
) language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select p.case_id, p.id, p.begun_on,
    coalesce((select s.outcome from casework.proceeding_step s where s.proceeding_id = p.id and s.outcome is not null
      order by s.on_day desc, s.id desc limit 1), 'pending'),
    p.begun_on < (casework.identified_at(p.case_id) at time zone zone)::date,
    exists (select 1 from casework.proceeding_notice n where n.proceeding_id = p.id)
  from casework.proceeding p
  where p.jurisdiction = of_jurisdiction
    and not exists (select 1 from casework.proceeding_step s where s.proceeding_id = p.id and s.kind = 'retracted')
$$;

-- Proceedings against identified persons as the authority sees them: of which case, how many, how old, whether the
-- competent body was told of all of them. Against whom, where and for what is not said.
create function casework.proceedings_board(zone text, after date, after_case uuid, at_most integer) returns table (
  case_id uuid, code text, status text, is_child boolean, open integer, oldest_on date, begun_before boolean, told boolean
) language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  with pending as (
    select s.case_id, count(*)::integer as open, min(s.begun_on) as oldest_on,
      bool_or(coalesce(s.begun_before, false)) as begun_before, bool_and(s.told) as told
    from casework.proceedings_standing(iam.jurisdiction(), zone) s
    where iam.national() and iam.reads_cases() and s.outcome = 'pending' group by s.case_id)
  select c.id, c.code, c.status, c.is_child, p.open, p.oldest_on, p.begun_before, p.told
  from pending p join casework.case_file c on c.id = p.case_id
  where c.status in ('VMT', 'VT') and c.id <> all (array(select casework.denied_to_us()))
    and (after is null or (p.oldest_on, c.id) > (after, after_case))
  order by p.oldest_on, c.id limit least(at_most, 200)
$$;

-- Proceedings against identified persons counted by what became of them; for the authority and the program.
create function casework.proceedings_counts(zone text, since date, until date) returns table (
  outcome text, begun_before boolean, proceedings bigint, persons bigint
) language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select s.outcome, coalesce(s.begun_before, false), count(*), count(distinct coalesce(c.person_id, c.id))
  from casework.proceedings_standing(iam.jurisdiction(), zone) s join casework.case_file c on c.id = s.case_id
  where iam.national() and iam.reads_cases() and c.status in ('VMT', 'VT')
    and coalesce(c.closure_reason, '') not in ('DUPLICATE', 'ENTERED_IN_ERROR')
    and (since is null or s.begun_on >= since) and (until is null or s.begun_on < until)
  group by 1, 2 order by 1, 2
$$;

-- A referral expires only where its deadline is certain: confirmed, or chosen by who sent it.
create or replace function casework.may_change_referral(
  given uuid, to_receiver uuid, classes text[], to_state text, answered timestamptz, ended timestamptz
) returns boolean language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select exists (select 1 from casework.referral r where r.id = given
    and (r.answered_at is null or r.answered_at = answered) and (r.ended_at is null or r.ended_at = ended)
    and ((r.state = 'drafted' and r.sender_org_id = iam.org() and to_receiver is distinct from iam.org()
        and casework.may_share(r.case_id, classes))
      or (to_receiver is not distinct from r.receiver_org_id and classes <@ r.shared_classes))
    and (to_state = r.state
      or (r.state not in ('declined', 'redirected', 'completed', 'withdrawn', 'revoked', 'expired')
        and case to_state
          when 'drafted' then false
          when 'sent' then r.state = 'drafted' and r.sender_org_id = iam.org() and to_receiver is not null
          when 'acknowledged' then r.state <> 'drafted' and iam.org() in (r.sender_org_id, r.receiver_org_id)
          when 'expired' then r.answer_due_at <= now() and not r.answer_due_to_confirm
          when 'withdrawn' then true
          when 'revoked' then true
          else r.state <> 'drafted' and r.receiver_org_id = iam.org()
        end)))
$$;

revoke execute on function casework.end_escalation(), casework.identified_at(uuid),
  casework.proceedings_to_flag(text, integer), casework.proceedings_standing(text, text),
  casework.proceedings_board(text, date, uuid, integer), casework.proceedings_counts(text, date, date) from public;

grant execute on function casework.proceedings_to_flag(text, integer),
  casework.proceedings_board(text, date, uuid, integer), casework.proceedings_counts(text, date, date) to besa_app
