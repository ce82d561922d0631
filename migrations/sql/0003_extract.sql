-- Rebuild the de-identified extract of one jurisdiction from the events of its cases; returns when it was made.
-- `zone` is the jurisdiction's time zone (a year begins there, not in Greenwich), `regions` leads from county to
-- statistical region. One run at a time; who waited for another run takes its result.
--
-- What leaves: codes, year and month. What stays: ids, days, texts. Rows are written in the order of their codes, so
-- that their order says nothing about persons either.
create function stats.refresh(given text, zone text, regions jsonb) returns timestamptz
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set work_mem = '64MB' set jit = off as $$
declare made timestamptz;
begin
  if iam.jurisdiction() is distinct from given or iam.role() is distinct from 'system' or not iam.proved() then
    raise exception 'the extract is made by the program itself' using errcode = 'insufficient_privilege';
  end if;
  perform pg_advisory_xact_lock(7236120, hashtext(given));
  select e.extracted_at into made from stats.extraction e where e.jurisdiction = given and e.extracted_at > now();
  if made is not null then return made; end if;
  made := clock_timestamp();
  delete from stats.person_fact f where f.jurisdiction = given;
  delete from stats.service_fact f where f.jurisdiction = given;
  delete from stats.service_persons f where f.jurisdiction = given;
  delete from stats.signal_fact f where f.jurisdiction = given;
  delete from stats.coverage f where f.jurisdiction = given;
  delete from stats.extraction f where f.jurisdiction = given;
  -- Persons, once per base and year: the first standing decision of each case, then the first case of each person.
  -- A case without identity is a person of its own; persons found to be one person are counted as one.
  insert into stats.person_fact (jurisdiction, base, year, month, sex, age, citizenship_group, main_form, forms, region,
    detection_source, without_identity)
  with recursive merged (id, leads_to) as (
    select p.id, p.merged_into from vault.person p where p.merged_into is not null and p.jurisdiction = given
    union
    select m.id, p.merged_into from merged m join vault.person p on p.id = m.leads_to where p.merged_into is not null
  ), final as (
    select distinct on (m.id) m.id, m.leads_to from merged m
    order by m.id, exists (select from merged further where further.id = m.leads_to), m.leads_to
  ), episode as (
    select c.id, coalesce(f.leads_to, c.person_id, c.id) as counted_as, c.opened_at,
      case when c.age_group = 'AGE_UNKNOWN' then 'unknown' when c.is_child then 'child' else 'adult' end as age
    from casework.case_file c left join final f on f.id = c.person_id
    where c.jurisdiction = given and coalesce(c.closure_reason, '') not in ('DUPLICATE', 'ENTERED_IN_ERROR')
  ), standing as (
    select e.id, e.case_id, e.kind, e.occurred_at, e.facts ->> 'result' as result, e.facts ->> 'age' as age
    from casework.case_event e
    where e.kind in ('INITIAL_ID_DECIDED', 'FORMAL_DECIDED', 'RECONSIDERED')
      and not exists (select from casework.case_event later where later.corrects = e.id)
  ), undone as (
    select s.case_id, max(s.occurred_at) as at from standing s
    where s.kind = 'RECONSIDERED' and s.result = 'NOT_RECOGNISED' group by s.case_id
  ), decided as (
    select distinct on (s.case_id, b.base) s.case_id, b.base, s.occurred_at, s.age
    from standing s join (values ('INITIAL_ID_DECIDED', 'VMT', 1), ('FORMAL_DECIDED', 'VT', 2),
      ('RECONSIDERED', 'VT', 2)) b (kind, result, base) on b.kind = s.kind and b.result = s.result
    left join undone u on u.case_id = s.case_id
    where b.base = 1 or u.at is null or u.at < s.occurred_at
    order by s.case_id, b.base, s.occurred_at, s.id
  ), happened as (
    select d.case_id, d.base, d.occurred_at at time zone zone as at,
      case when d.age in ('adult', 'child') then d.age else 'unknown' end as age
    from decided d
    union all
    select c.id, 3, c.opened_at at time zone zone, c.age from episode c
  ), counted as (
    select distinct on (h.base, c.counted_as, date_trunc('year', h.at)) h.base, h.at, h.age, h.case_id
    from happened h join episode c on c.id = h.case_id
    order by h.base, c.counted_as, date_trunc('year', h.at), h.at, h.case_id
  )
  select given, (array['vmt', 'vt', 'registered'])[n.base], extract(year from n.at), extract(month from n.at), c.sex, n.age,
    c.citizenship_group, c.main_form, c.forms, regions ->> c.county, c.detection_source, c.without_identity
  from counted n join casework.case_file c on c.id = n.case_id
  order by n.base, date_trunc('month', n.at), c.sex collate "C", n.age collate "C", c.main_form collate "C",
    c.county collate "C", c.forms collate "C";
  insert into stats.coverage (jurisdiction, year, cases, counties)
  select given, extract(year from c.opened_at at time zone zone), count(*), count(distinct c.county)
  from casework.case_file c
  where c.jurisdiction = given and coalesce(c.closure_reason, '') not in ('DUPLICATE', 'ENTERED_IN_ERROR')
  group by 2;
  insert into stats.service_fact (jurisdiction, org_code, year, month, service_type, setting, unit, deliveries, persons,
    quantity, refusals)
  select given, o.code, extract(year from d.delivered_on), extract(month from d.delivered_on), d.service_type, d.setting,
    d.unit, count(*) filter (where d.outcome = 'delivered'),
    count(distinct coalesce(c.person_id, c.id)) filter (where d.outcome = 'delivered'),
    coalesce(sum(d.quantity) filter (where d.outcome = 'delivered'), 0), count(*) filter (where d.outcome = 'refused')
  from casework.service_delivery d join ref.organisation o on o.id = d.org_id join casework.case_file c on c.id = d.case_id
  where d.jurisdiction = given and d.superseded_by is null and d.outcome in ('delivered', 'refused')
  group by 2, 3, 4, 5, 6, 7 order by 2, 3, 4, 5, 6, 7;
  insert into stats.service_persons (jurisdiction, org_code, year, month, service_type, persons)
  select given, o.code, extract(year from d.delivered_on), coalesce(extract(month from d.delivered_on), 0),
    coalesce(d.service_type, ''), count(distinct coalesce(c.person_id, c.id))
  from casework.service_delivery d join ref.organisation o on o.id = d.org_id join casework.case_file c on c.id = d.case_id
  where d.jurisdiction = given and d.superseded_by is null and d.outcome = 'delivered'
  group by o.code, extract(year from d.delivered_on),
    grouping sets ((extract(month from d.delivered_on), d.service_type), (extract(month from d.delivered_on)),
      (d.service_type), ())
  order by 2, 3, 4, 5;
  insert into stats.signal_fact (jurisdiction, year, month, channel, outcome, signals)
  select given, extract(year from s.received_at at time zone zone), extract(month from s.received_at at time zone zone),
    s.channel, s.outcome, count(*)
  from casework.signal s where s.jurisdiction = given group by 2, 3, 4, 5 order by 2, 3, 4, 5;
  insert into stats.extraction (jurisdiction, extracted_at, cases)
  select given, made, count(*) from casework.case_file c where c.jurisdiction = given;
  return made;
end $$;

revoke execute on all functions in schema stats from public;

grant usage on schema stats to besa_app;

grant execute on function stats.refresh(text, text, jsonb) to besa_app;
