-- What is due next in a case, kept on its row: the earliest open task with an end. The board then reads one index and
-- shows each case once.
create function casework.keep_next_due(cases uuid[]) returns void language sql volatile security definer
set search_path = pg_catalog, pg_temp as $$
  update casework.case_file c set next_due_at = n.due_at, next_event = n.event, next_org_id = n.org_id
  from unnest(cases) as wanted (id)
  left join lateral (
    select t.due_at, t.event, t.org_id from casework.task t
    where t.case_id = wanted.id and t.state = 'open' and t.bound = 'max' order by t.due_at, t.id limit 1) n on true
  where c.id = wanted.id and (c.next_due_at, c.next_event, c.next_org_id) is distinct from (n.due_at, n.event, n.org_id)
$$;

create function casework.task_added() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  perform casework.keep_next_due(array(select distinct a.case_id from added a));
  return null;
end $$;

create function casework.task_changed() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  perform casework.keep_next_due(array[new.case_id]);
  return null;
end $$;

create trigger task_added after insert on casework.task referencing new table as added
  for each statement execute function casework.task_added();

create trigger task_changed after update on casework.task for each row
  when ((old.state, old.due_at, old.org_id, old.event) is distinct from (new.state, new.due_at, new.org_id, new.event))
  execute function casework.task_changed();

-- What the board counts one case as. `due` holds day (UTC) and stage of what is due next, so that the late cases are a
-- sum over days and not a walk over cases.
create function casework.counted_as(c casework.case_file) returns table (measure text, value text) language sql stable
set search_path = pg_catalog, pg_temp as $$
  select 'state', c.state
  union all
  select m.measure, m.value
  from (values ('status', c.status), ('stage', c.stage), ('age', case when c.is_child then 'child' else 'adult' end))
    m (measure, value)
  where c.state <> 'closed'
  union all
  select 'undecided', 'case'
  where c.state <> 'closed' and (c.status = 'NOT_ASSESSED' or c.stage in ('FORMAL_REQUESTED', 'FORMAL_INTERVIEW'))
  union all
  select 'due', to_char(c.next_due_at at time zone 'UTC', 'YYYY-MM-DD') || ' ' || c.stage
  where c.state <> 'closed' and c.next_due_at is not null
$$;

-- Counters as differences, so that two writers never wait for one counter.
create function casework.count_case() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op = 'INSERT' then
    insert into casework.board_delta (jurisdiction, measure, value, delta)
    select new.jurisdiction, m.measure, m.value, 1 from casework.counted_as(new) m;
    return null;
  end if;
  if (old.status, old.stage, old.state, old.is_child, old.next_due_at)
    is not distinct from (new.status, new.stage, new.state, new.is_child, new.next_due_at) then return null; end if;
  insert into casework.board_delta (jurisdiction, measure, value, delta)
  select new.jurisdiction, m.measure, m.value, sum(m.step) from (
    select b.measure, b.value, -1 as step from casework.counted_as(old) b
    union all
    select a.measure, a.value, 1 from casework.counted_as(new) a) m
  group by m.measure, m.value having sum(m.step) <> 0;
  return null;
end $$;

create trigger count_case after insert or update on casework.case_file
  for each row execute function casework.count_case();

-- Sum the differences up. Days that are over become one, so that the late cases stay a short sum.
create function casework.fold_board() returns void language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp as $$
declare today text := to_char(now() at time zone 'UTC', 'YYYY-MM-DD');
begin
  if iam.role() is distinct from 'system' or not iam.proved() then
    raise exception 'the program itself folds the board' using errcode = 'insufficient_privilege';
  end if;
  perform pg_advisory_xact_lock(7236115);
  with gone as (delete from casework.board_delta returning jurisdiction, measure, value, delta)
  insert into casework.board_delta (jurisdiction, measure, value, delta, folded)
  select g.jurisdiction, g.measure,
    case when g.measure = 'due' and left(g.value, 10) < today then '0000-00-00' || substr(g.value, 11) else g.value end,
    sum(g.delta), 1
  from gone g group by 1, 2, 3 having sum(g.delta) <> 0;
end $$;

-- The board's counters for the actor's jurisdiction; empty for who is not national. `late` by stage: whole days that are
-- over, from the counters, and what fell due since midnight (UTC); `soon`: what falls due between now and `soon_until`.
create function casework.board_counts(soon_until timestamptz) returns table (measure text, value text, cases bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  with allowed as materialized (
    select iam.jurisdiction() as jurisdiction, to_char(now() at time zone 'UTC', 'YYYY-MM-DD') as today,
      date_trunc('day', now(), 'UTC') as midnight
    where iam.national() and iam.reads_cases())
  select d.measure, d.value, sum(d.delta)::bigint from allowed a join casework.board_delta d
    on d.jurisdiction = a.jurisdiction and d.measure in ('state', 'status', 'stage', 'age', 'undecided')
  group by d.measure, d.value
  union all
  select 'late', substr(d.value, 12), sum(d.delta)::bigint from allowed a join casework.board_delta d
    on d.jurisdiction = a.jurisdiction and d.measure = 'due' and left(d.value, 10) < a.today
  group by substr(d.value, 12)
  union all
  select 'late', c.stage, count(*) from allowed a join casework.case_file c
    on c.jurisdiction = a.jurisdiction and c.state <> 'closed' and c.next_due_at >= a.midnight and c.next_due_at < now()
  group by c.stage
  union all
  select 'soon', 'case', count(*) from allowed a join casework.case_file c
    on c.jurisdiction = a.jurisdiction and c.state <> 'closed' and c.next_due_at >= now() and c.next_due_at < soon_until
  union all
  select 'referral', 'unanswered', count(*) from allowed a join casework.referral r
    on r.jurisdiction = a.jurisdiction and r.state in ('sent', 'acknowledged', 'info_requested')
  union all
  select 'referral', 'late', count(*) from allowed a join casework.referral r
    on r.jurisdiction = a.jurisdiction and r.state in ('sent', 'acknowledged', 'info_requested') and r.answer_due_at < now()
$$;

-- True where somebody who works with the case would leave a person in a bed by closing it. Where the bed is, is not said.
create function casework.is_placed(given uuid) returns boolean language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select casework.may_see(given, 'milestones') and exists (
    select 1 from casework.placement p where p.case_id = given and p.state in ('reserved', 'admitted', 'absent'))
$$;

revoke execute on function casework.keep_next_due(uuid[]), casework.task_added(), casework.task_changed(),
  casework.counted_as(casework.case_file), casework.count_case(), casework.fold_board(),
  casework.board_counts(timestamptz), casework.is_placed(uuid) from public;

grant execute on function casework.fold_board(), casework.board_counts(timestamptz), casework.is_placed(uuid) to besa_app
