-- How long cases waited between two events, by whole days of the jurisdiction, counted in bands: no day, no id leaves.
-- Only the program itself, in the transaction that makes the extract.
create function stats.refresh_times(given text, zone text) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set work_mem = '64MB' set jit = off as $$
begin
  if iam.jurisdiction() is distinct from given or iam.role() is distinct from 'system' or not iam.proved() then
    raise exception 'the extract is made by the program itself' using errcode = 'insufficient_privilege';
  end if;
  delete from stats.time_fact f where f.jurisdiction = given;
  insert into stats.time_fact (jurisdiction, year, span, band, cases)
  with happened as (
    select e.case_id, e.kind, min(e.occurred_at) at time zone zone as at
    from casework.case_event e join casework.case_file c on c.id = e.case_id
    where c.jurisdiction = given and coalesce(c.closure_reason, '') not in ('DUPLICATE', 'ENTERED_IN_ERROR')
      and e.kind in ('SIGNAL_RECEIVED', 'FIRST_CONTACT', 'INITIAL_ID_DECIDED', 'FIRST_SERVICE_DELIVERED',
        'FORMAL_REQUESTED', 'FORMAL_DECIDED')
      and not exists (select from casework.case_event later where later.corrects = e.id)
    group by e.case_id, e.kind
  ), waited as (
    select extract(year from a.at) as year, s.span, b.at::date - a.at::date as days
    from (values
      ('signal_identification', 'SIGNAL_RECEIVED', 'INITIAL_ID_DECIDED'),
      ('identification_service', 'INITIAL_ID_DECIDED', 'FIRST_SERVICE_DELIVERED'),
      ('signal_service', 'SIGNAL_RECEIVED', 'FIRST_SERVICE_DELIVERED'),
      ('contact_service', 'FIRST_CONTACT', 'FIRST_SERVICE_DELIVERED'),
      ('request_decision', 'FORMAL_REQUESTED', 'FORMAL_DECIDED')) s (span, first, second)
    join happened a on a.kind = s.first
    left join happened b on b.case_id = a.case_id and b.kind = s.second
  )
  select given, w.year, w.span, case when w.days is null then 'not_yet' when w.days < 0 then 'before'
    when w.days = 0 then 'same_day' when w.days <= 3 then 'days_3' when w.days <= 7 then 'week'
    when w.days <= 30 then 'month' when w.days <= 90 then 'quarter' else 'longer' end, count(*)
  from waited w group by 2, 3, 4 order by 2, 3, 4;
end $$;

revoke execute on function stats.refresh_times(text, text) from public;

grant execute on function stats.refresh_times(text, text) to besa_app;

grant select on stats.time_fact to besa_stats;
