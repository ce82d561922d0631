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

-- Settings alone prove nothing: whoever can run a statement can run set_config. What `act_as_*` set is signed for this
-- backend and this transaction with a secret that only the owner's functions read; an unsigned actor sees nothing.
insert into iam.secret (name, value)
values ('acting', sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())));

create function iam.proof() returns text language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
  secret bytea;
  said bytea := convert_to(concat_ws(chr(31), pg_backend_pid(), extract(epoch from transaction_timestamp()),
    current_setting('besa.level', true), current_setting('besa.actor', true), current_setting('besa.assignment', true),
    current_setting('besa.org', true), current_setting('besa.role', true), current_setting('besa.jurisdiction', true),
    current_setting('besa.classes', true), current_setting('besa.national', true)), 'UTF8');
begin
  select value into strict secret from iam.secret where name = 'acting';
  return encode(sha256(secret || sha256(secret || said)), 'hex');
end $$;

-- True where the settings are those that `act_as_*` made in this transaction.
create function iam.proved() returns boolean language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
begin
  return coalesce(current_setting('besa.proof', true), '') = iam.proof();
end $$;

-- True where the actor is proved, has given the second factor where one is needed, and holds a role that reads cases:
-- the condition of every row of `casework` and `vault`, whichever other policy shows it.
create function iam.reads_cases() returns boolean language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
begin
  return current_setting('besa.level', true) = 'full' and iam.holds('milestones') and iam.proved();
end $$;

create function iam.assignment() returns uuid language sql stable parallel safe
return nullif(current_setting('besa.assignment', true), '')::uuid;

-- True where this transaction took an identity already. An advisory lock of a transaction cannot be given back before
-- its end, so a statement smuggled into somebody's request becomes neither the program nor the door.
create function iam.taken() returns boolean language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  select exists (select 1 from pg_locks where locktype = 'advisory' and pid = pg_backend_pid() and classid = 7236116
    and objid = pg_backend_pid()::oid and objsubid = 2)
$$;

-- Every setting is written each time, so that nothing of an earlier identity stays. Levels: nobody (the door), half (the
-- second factor or the first password is still owed: no role, no class), full.
create function iam.become(
  level text, actor uuid, assignment uuid, org uuid, role text, jurisdiction text, classes text, nationwide boolean
) returns void language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform set_config('besa.level', level, true), set_config('besa.actor', coalesce(actor::text, ''), true),
    set_config('besa.assignment', coalesce(assignment::text, ''), true),
    set_config('besa.org', coalesce(org::text, ''), true),
    set_config('besa.jurisdiction', coalesce(jurisdiction, ''), true),
    set_config('besa.role', case level when 'full' then role else '' end, true),
    set_config('besa.classes', case level when 'full' then classes else '' end, true),
    set_config('besa.national', case when level = 'full' and nationwide then 'on' else 'off' end, true);
  perform set_config('besa.proof', iam.proof(), true),
    pg_advisory_xact_lock_shared(7236116, pg_backend_pid());
end $$;

-- Nobody yet: the door. Sees no case and no log; may start sessions.
create function iam.act_as_nobody() returns timestamptz language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if iam.taken() then
    raise exception 'this transaction has its identity' using errcode = 'insufficient_privilege';
  end if;
  perform iam.become('nobody', null, null, null, '', '', '', false);
  return now();
end $$;

-- Take the identity of a session for this transaction; no row where it has ended. A browser brings its opaque token,
-- an API token names its session by id (only sessions made for programs are found that way, and nobody but their owner
-- reads their ids).
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
  perform iam.become(
    case when (found_row.second_factor_at is null and found_row.needs) or found_row.must_change_password
      then 'half' else 'full' end,
    found_row.account, found_row.assignment, found_row.org, found_row.role, found_row.jurisdiction, found_row.classes,
    found_row.national);
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

-- Take the identity of the program itself for one jurisdiction; only as the first thing of a transaction.
create function iam.act_as_system(given text) returns table (
  account_id uuid, assignment_id uuid, org_id uuid, at timestamptz
) language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare found_row record;
begin
  if iam.taken() then
    raise exception 'this transaction has its identity' using errcode = 'insufficient_privilege';
  end if;
  select a.id as account, g.id as assignment, g.org_id as org, r.classes into found_row
  from iam.assignment g join iam.account a on a.id = g.account_id join iam.role r on r.role = g.role
  where g.role = 'system' and g.jurisdiction = given;
  if not found then return; end if;
  perform iam.become('full', found_row.account, found_row.assignment, found_row.org, 'system', given,
    found_row.classes, true);
  return query select found_row.account, found_row.assignment, found_row.org, now();
end $$;

-- True where an administrator looks after this account: it works in the administrator's jurisdiction alone, or nowhere.
create function iam.looks_after(given uuid) returns boolean language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select iam.role() = 'administrator' and iam.proved() and not exists (
    select 1 from iam.assignment g where g.account_id = given and g.jurisdiction <> iam.jurisdiction())
$$;

-- True where a denial keeps the actor (or the actor's organisation) from the case; it beats every grant.
create function casework.denied(given uuid) returns boolean language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
begin
  return exists (
    select 1 from casework.case_denial d
    where d.case_id = given and (d.account_id = iam.actor() or d.org_id = iam.org())
      and d.valid_from <= now() and (d.valid_to is null or d.valid_to > now()));
end $$;

-- True where the actor may see this data class of this case now: the role holds the class, no denial, and
-- either a national role looks at milestones or a valid grant names the class. In PL/pgSQL, as it is asked for every row:
-- older servers plan a function in SQL anew at each call.
create function casework.may_see(given uuid, data_class text) returns boolean language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
begin
  return iam.holds(data_class)
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
        select 1 from casework.case_file c where c.id = given and c.jurisdiction = iam.jurisdiction())));
end $$;

-- The cases a denial keeps from the actor: a short list, read once in a statement.
create function casework.denied_to_us() returns setof uuid language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select d.case_id from casework.case_denial d
  where (d.account_id = iam.actor() or d.org_id = iam.org()) and iam.reads_cases()
    and d.valid_from <= now() and (d.valid_to is null or d.valid_to > now())
$$;

create function casework.opened_by_us(given uuid) returns boolean language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select exists (select 1 from casework.case_file c
    where c.id = given and c.opened_org_id = iam.org() and c.opened_by = iam.actor())
$$;

-- True where our organisation answers for the case: it gives access, passes the case on, closes it.
create function casework.led_by_us(given uuid) returns boolean language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select exists (select 1 from casework.case_file c where c.id = given and c.responsible_org_id = iam.org())
    and casework.may_see(given, 'milestones')
$$;

-- True where a referral of this case, sent and not ended, or answered by us in this transaction, is addressed to us.
create function casework.referred_to_us(given uuid) returns boolean language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select not casework.denied(given) and exists (select 1 from casework.referral r
    where r.case_id = given and r.receiver_org_id = iam.org()
      and (r.state in ('sent', 'acknowledged', 'info_requested', 'accepted', 'in_service')
        or r.answered_at = now() or r.ended_at = now()))
$$;

-- True where we sent a referral of this case that has not ended, or has in this transaction: also where we only passed it
-- on and do not see the case.
create function casework.sent_by_us(given uuid) returns boolean language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select not casework.denied(given) and exists (select 1 from casework.referral r
    where r.case_id = given and r.sender_org_id = iam.org()
      and (r.state in ('sent', 'acknowledged', 'info_requested', 'accepted', 'in_service') or r.ended_at = now()))
$$;

-- True where an entry of the ledger that the referral names stands behind this data class, at least until then.
create function casework.backed(given uuid, source uuid, data_class text, until timestamptz)
returns boolean language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select exists (
    select 1 from casework.referral r, jsonb_array_elements(r.bases) b
    join casework.consent k on k.id = (b ->> 'consent_id')::uuid
    where r.id = source and r.case_id = given and k.case_id = given and b ->> 'data_class' = data_class
      and data_class = any(k.data_classes) and k.answer <> 'refused' and k.withdrawn_at is null
      and (k.valid_to is null or (k.valid_to > now() and until <= k.valid_to)))
$$;

-- What the ledger says about one receiver (a no that names nobody is said to each), without anything sealed: for who
-- sends, passes on or accepts a referral without seeing the casework of the case.
create function casework.consent_words(given uuid, to_org uuid) returns table (
  id uuid, answer text, purpose text, recipient_org_id uuid, recipient_kind text, recipient_country text,
  data_classes text[], basis text, form text, text_version text, language text, interpreter text, given_at timestamptz,
  valid_to timestamptz, withdrawn_at timestamptz, version integer
) language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select k.id, k.answer, k.purpose, k.recipient_org_id, k.recipient_kind, k.recipient_country, k.data_classes, k.basis,
    k.form, k.text_version, k.language, k.interpreter, k.given_at, k.valid_to, k.withdrawn_at, k.version
  from casework.consent k
  where k.case_id = given and iam.reads_cases()
    and (casework.may_see(given, 'milestones') or casework.referred_to_us(given))
    and (k.recipient_org_id = to_org
      or k.recipient_kind = (select o.kind from ref.organisation o where o.id = to_org)
      or (k.answer = 'refused' and k.recipient_org_id is null and k.recipient_kind is null
        and k.recipient_country is null))
$$;

-- True where a denial keeps an organisation from the case: a referral would lie in its queue and nobody would see it.
create function casework.kept_away(given uuid, of_org uuid) returns boolean language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select (casework.may_see(given, 'milestones') or casework.referred_to_us(given)) and exists (
    select 1 from casework.case_denial d where d.case_id = given and d.org_id = of_org
      and d.valid_from <= now() and (d.valid_to is null or d.valid_to > now()))
$$;

-- What recording an event of a case needs to know of it: for who answers a referral of a case they do not see.
create function casework.event_frame(given uuid) returns table (
  id uuid, jurisdiction text, profile_version text, responsible_org_id uuid, responsible_account_id uuid,
  is_child boolean, citizenship_group text
) language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select c.id, c.jurisdiction, c.profile_version, c.responsible_org_id, c.responsible_account_id, c.is_child,
    case when casework.may_see(c.id, 'milestones') then c.citizenship_group else 'UNKNOWN' end
  from casework.case_file c
  where c.id = given and iam.reads_cases() and (casework.may_see(c.id, 'milestones') or casework.referred_to_us(c.id)
    or casework.sent_by_us(c.id))
$$;

-- Access follows the state of a referral: where it is no longer taken on, what it opened ends; where it was taken back,
-- nobody owes an answer to it.
create function casework.follow_referral() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if new.state not in ('accepted', 'in_service') then
    update casework.case_grant g set valid_to = now()
    where g.source_id = new.id and g.basis = 'referral' and (g.valid_to is null or g.valid_to > now());
  end if;
  if new.state in ('withdrawn', 'revoked') then
    update casework.task t set state = 'cancelled'
    where t.subject_id = new.id and t.event = 'REFERRAL_ANSWERED' and t.state = 'open';
  end if;
  return null;
end $$;

-- How many beds of a shelter are free for a night: a number and nothing else; null where it has no beds here.
create function casework.free_beds(given uuid, night date) returns integer language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select case when count(*) = 0 then null else (count(*) filter (where not exists (
    select 1 from casework.placement p
    where p.bed_id = b.id and p.starts_on <= night and (p.ends_on is null or p.ends_on > night)
      and (p.state in ('admitted', 'absent') or (p.state = 'reserved' and p.reserved_until > now())))))::integer end
  from casework.bed b where b.org_id = given and b.in_use and iam.reads_cases()
$$;

-- True where our organisation holds this data class of the case, whichever of its roles reads it: a case passed on takes
-- along what its new team needs, also what the officer who passes it on may not open.
create function casework.held_by_us(given uuid, data_class text) returns boolean language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select casework.may_see(given, data_class) or (casework.may_see(given, 'milestones') and exists (
    select 1 from casework.case_grant g where g.case_id = given and g.org_id = iam.org()
      and data_class = any(g.data_classes) and g.valid_from <= now() and (g.valid_to is null or g.valid_to > now())))
$$;

-- True where the actor may write this grant. A handler that forgets its check cannot open a case to anybody.
-- opening: once, by who opened the case. referral: by the receiver, what was shared. reveal: an officer of the authority
-- for an hour; authority: one of its officers assigned to the case for a month at most. team: officers who identify
-- together. care_team: by who answers for the case (a hand-over grants first, then names the new organisation).
create function casework.may_grant(
  given uuid, to_org uuid, to_account uuid, classes text[], given_basis text, source uuid, since timestamptz,
  until timestamptz, given_reason text
) returns boolean language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select since <= now() and not 'shelter_location' = any(classes) and not casework.denied(given) and case given_basis
    when 'opening' then to_org = iam.org() and casework.opened_by_us(given)
      and not exists (select 1 from casework.case_grant g where g.case_id = given and g.basis = 'opening')
    when 'referral' then to_org = iam.org() and exists (select 1 from casework.referral r
      where r.id = source and r.case_id = given and r.receiver_org_id = iam.org()
        and r.state in ('accepted', 'in_service') and classes <@ r.shared_classes)
      and not exists (select 1 from unnest(classes) c where not casework.backed(given, source, c, until))
    when 'reveal' then to_account = iam.actor() and iam.role() = 'responsible_authority' and given_reason is not null
      and casework.may_see(given, 'milestones') and classes = '{identity}'::text[] and until <= now() + interval '1 hour'
    when 'authority' then iam.role() = 'responsible_authority' and given_reason is not null
      and casework.may_see(given, 'milestones') and classes = '{identity}'::text[] and until <= now() + interval '31 days'
      and exists (select 1 from iam.assignment a where a.account_id = to_account and a.org_id = iam.org()
        and a.role = 'responsible_authority' and a.valid_from <= now() and (a.valid_to is null or a.valid_to > now()))
    when 'care_team' then casework.led_by_us(given)
      and not exists (select 1 from unnest(classes) c where not casework.held_by_us(given, c))
    when 'team' then to_org is distinct from iam.org() and casework.may_see(given, 'identification')
      and classes <@ '{milestones,identity,identification}'::text[]
      and not exists (select 1 from unnest(classes) c where not casework.may_see(given, c))
    else false
  end
$$;

-- True where the actor may end a grant now: what a consent withdrawn or a referral ended has opened, anybody who works
-- with the case; what an identification opened to its team, who decides it; what else, its holder or who answers for
-- the case.
create function casework.may_end_grant(given uuid, of_org uuid, of_account uuid, given_basis text) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select of_account = iam.actor() or ((of_org = iam.org() or given_basis = 'referral' or casework.led_by_us(given))
    and casework.may_see(given, 'milestones'))
    or (given_basis = 'team' and casework.may_see(given, 'identification'))
    or (of_org = iam.org() and given_basis = 'referral')
$$;

-- True where the actor may deny the case to somebody, or end a denial: who answers for it, or the authority.
create function casework.may_deny(given uuid) returns boolean language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select casework.led_by_us(given) or (iam.role() = 'responsible_authority' and casework.may_see(given, 'milestones'))
$$;

create function vault.may_see_person(given uuid) returns boolean language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select iam.holds('identity') and exists (select 1 from casework.case_file c
    where c.person_id = given and casework.may_see(c.id, 'identity'))
$$;

-- True where a case may name this person: one we may see, or one we have just made and no case names yet. Naming a
-- stranger in a case of one's own would open the stranger.
create function vault.may_name(given uuid) returns boolean language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select vault.may_see_person(given) or exists (select 1 from vault.person p
    where p.id = given and p.org_id = iam.org() and p.created_by = iam.actor()
      and not exists (select 1 from casework.case_file c where c.person_id = given))
$$;

-- The row as it stands compared with what the actor wants of it. A person is named once and stays; an earlier episode is
-- linked once; responsibility, closing and (beside the authority) reopening belong to the responsible organisation.
create function casework.may_change(
  given uuid, to_person uuid, to_previous uuid, to_responsible uuid, to_officer uuid, to_state text
) returns boolean language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select exists (select 1 from casework.case_file c where c.id = given
    and (c.person_id is not distinct from to_person or (c.person_id is null and vault.may_name(to_person)))
    and (c.previous_case_id is not distinct from to_previous
      or (c.previous_case_id is null and casework.may_see(to_previous, 'milestones')))
    and ((c.responsible_org_id = to_responsible and c.responsible_account_id is not distinct from to_officer)
      or c.responsible_org_id = iam.org())
    and (c.state = to_state or c.responsible_org_id = iam.org()
      or (iam.role() = 'responsible_authority' and c.state = 'closed')))
$$;

-- True where these classes may be shared: each one seen by the sender, named by a live entry of the ledger, or shared
-- with the sender by a referral that is passed on.
create function casework.may_share(given uuid, classes text[]) returns boolean language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select not 'shelter_location' = any(classes) and not exists (select 1 from unnest(classes) wanted
    where not casework.may_see(given, wanted)
      and not exists (select 1 from casework.consent c where c.case_id = given and c.answer <> 'refused'
        and wanted = any(c.data_classes) and c.withdrawn_at is null and (c.valid_to is null or c.valid_to > now()))
      and not exists (select 1 from casework.referral r where r.case_id = given and r.receiver_org_id = iam.org()
        and wanted = any(r.shared_classes)
        and (r.state in ('sent', 'acknowledged', 'info_requested', 'accepted', 'in_service') or r.ended_at = now()
          or r.answered_at = now())))
$$;

-- The referral as it stands compared with what the actor wants of it. What has ended stays ended and its dates stay; what
-- is shared can only shrink once sent; only the receiver takes on, and only the sender sends.
create function casework.may_change_referral(
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
          when 'expired' then r.answer_due_at <= now()
          when 'withdrawn' then true
          when 'revoked' then true
          else r.state <> 'drafted' and r.receiver_org_id = iam.org()
        end)))
$$;

-- A placement stands in a bed of its own shelter: a made-up bed number would block, or betray, another shelter's bed.
create function casework.is_bed_of(given uuid, given_number integer, of_org uuid) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select exists (select 1 from casework.bed b where b.id = given and b.number = given_number and b.org_id = of_org)
$$;

-- Persons whose blind-index tokens meet the search, also outside the actor's grants: of those the caller learns
-- the organisation to ask and nothing else. `seen` says whether the actor may open the identity. `parts` says of each
-- token which word it stands for: 0 a document number, -1 the birth year, 1 and more the words of a name. Who answers
-- every word comes before who answers one, and each round takes no more than are wanted: a common name costs the same
-- among a million persons as among a thousand.
create function vault.search(wanted bigint[], parts integer[], at_most integer) returns table (
  person_id uuid, matched bigint[], seen boolean, case_id uuid, ask_org_id uuid
) language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
  most integer := least(at_most, 100);
  document bigint[] := array(select t from unnest(wanted, parts) u(t, n) where n = 0);
  born bigint[] := array(select t from unnest(wanted, parts) u(t, n) where n = -1);
  names bigint[] := array(select t from unnest(wanted, parts) u(t, n) where n > 0);
  word bigint[] := array(select t from unnest(wanted, parts) u(t, n) where n = 1);
  second bigint[] := nullif(array(select t from unnest(wanted, parts) u(t, n) where n = 2), '{}');
  third bigint[] := nullif(array(select t from unnest(wanted, parts) u(t, n) where n = 3), '{}');
  chosen uuid[] := '{}';
begin
  if not iam.holds('identity') or not iam.reads_cases() then return; end if;
  chosen := vault.persons_with(chosen, most, document, null, null, null);
  if born <> '{}' then
    chosen := vault.persons_with(chosen, most, born, word, second, third);
  end if;
  chosen := vault.persons_with(chosen, most, word, second, third, null);
  if born <> '{}' then
    chosen := vault.persons_with(chosen, most, born, nullif(names, '{}'), null, null);
  end if;
  chosen := vault.persons_with(chosen, most, names, null, null, null);
  return query
    with best as (
      select p.id, array(select t from unnest(p.tokens) t where t = any(wanted)) as matched
      from vault.person p where p.id = any(chosen))
    select b.id, b.matched, coalesce(casework.may_see(c.id, 'identity'), false), c.id, c.responsible_org_id
    from best b join lateral (
      select f.id, f.responsible_org_id from casework.case_file f
      where f.person_id = b.id and not casework.denied(f.id) order by f.id desc limit 1) c on true
    order by cardinality(b.matched) desc, b.id desc limit most;
end $$;

-- `chosen`, and persons of the actor's jurisdiction who have a token of each group, as many as are still wanted. Every
-- plan is made for its tokens: one for unknown tokens walks the table.
create function vault.persons_with(chosen uuid[], most integer, a bigint[], b bigint[], c bigint[], d bigint[])
returns uuid[] language plpgsql stable security definer set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan as $$
begin
  if a = '{}' or cardinality(chosen) >= most then return chosen; end if;
  return chosen || array(
    select p.id from vault.person p
    where p.tokens && a and (b is null or p.tokens && b) and (c is null or p.tokens && c) and (d is null or p.tokens && d)
      and p.jurisdiction = iam.jurisdiction() and p.erased_at is null and p.merged_into is null
      and p.id <> all (chosen)
    limit most);
end $$;

-- What changed since a version, for the answer to a stale `If-Match`: of one's own organisation's subjects and of
-- cases one may see.
create function audit.changes_since(subject uuid, since integer) returns table (
  subject_version integer, at timestamptz, org_id uuid, changed text[]
) language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select e.subject_version, e.at, e.org_id, e.changed from audit.entry e
  where e.subject_id = subject and e.subject_version > since and e.outcome = 'done' and iam.proved()
    and (e.org_id = iam.org() or (e.jurisdiction = iam.jurisdiction() and e.case_ids = '{}')
      or exists (select 1 from unnest(e.case_ids) c where casework.may_see(c, 'milestones')))
  order by e.subject_version limit 20
$$;

-- The codes of cases for who reads the log: a pseudonym to ask about, never the content of a file.
create function audit.case_codes(given uuid[]) returns table (id uuid, code text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select c.id, c.code from casework.case_file c
  where c.id = any(given) and iam.role() in ('data_protection_officer', 'auditor') and iam.proved()
    and c.jurisdiction = iam.jurisdiction()
$$;

-- The case behind a code or the person behind a case, for who reads the log.
create function audit.case_by_code(given text) returns table (id uuid, person_id uuid)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select c.id, c.person_id from casework.case_file c
  where c.code = given and iam.role() in ('data_protection_officer', 'auditor') and iam.proved()
    and c.jurisdiction = iam.jurisdiction()
$$;

-- The entries about a case, a person or anything else, for who reads the log. As a function, because an index over arrays
-- cannot be used through row-level security (the operator may not look before the policy has).
create function audit.about(given uuid[]) returns setof uuid language sql stable security definer rows 200
set search_path = pg_catalog, pg_temp as $$
  select e.id from audit.entry e
  where (e.case_ids && given or e.person_ids && given or e.subject_id = any(given))
    and iam.role() in ('data_protection_officer', 'auditor') and iam.proved()
    and (e.jurisdiction = iam.jurisdiction() or e.jurisdiction is null)
$$;

-- Who could have read a case between two moments, whether or not they did: the grants that were open then.
create function audit.could_read(given uuid, since timestamptz, until timestamptz) returns table (
  id uuid, org_id uuid, account_id uuid, basis text, data_classes text[], valid_from timestamptz, valid_to timestamptz
) language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select g.id, g.org_id, g.account_id, g.basis, g.data_classes, g.valid_from, g.valid_to
  from casework.case_grant g join casework.case_file c on c.id = g.case_id
  where g.case_id = given and g.valid_from < until and (g.valid_to is null or g.valid_to > since)
    and iam.role() in ('data_protection_officer', 'auditor') and iam.proved() and c.jurisdiction = iam.jurisdiction()
  order by g.valid_from desc, g.id desc limit 200
$$;

-- What an account could have read between two moments: the cases open to it or to an organisation it worked at, each
-- with the classes its role could see, without those a denial kept closed the whole time.
create function audit.could_be_read_by(
  given uuid, since timestamptz, until timestamptz, before uuid, at_most integer
) returns table (id uuid, code text, data_classes text[], bases text[]) language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  with held as (
    select a.org_id, string_to_array(r.classes, ',') as classes, greatest(a.valid_from, since) as since,
      least(coalesce(a.valid_to, until), until) as until
    from iam.assignment a join iam.role r on r.role = a.role
    where a.account_id = given and a.jurisdiction = iam.jurisdiction() and a.valid_from < until
      and (a.valid_to is null or a.valid_to > since) and r.classes <> ''
      and iam.role() in ('data_protection_officer', 'auditor') and iam.proved()
  ), opened as (
    select distinct g.case_id, class, g.basis from held h
    join casework.case_grant g on (g.org_id = h.org_id or g.account_id = given)
      and g.valid_from < h.until and (g.valid_to is null or g.valid_to > h.since)
    cross join unnest(g.data_classes) class
    where class = any(h.classes) and (before is null or g.case_id < before)
      and not exists (select 1 from casework.case_denial d where d.case_id = g.case_id
        and (d.account_id = given or d.org_id = h.org_id) and d.valid_from <= greatest(h.since, g.valid_from)
        and (d.valid_to is null or d.valid_to >= h.until))
  )
  select c.id, c.code, array_agg(distinct o.class order by o.class), array_agg(distinct o.basis order by o.basis)
  from opened o join casework.case_file c on c.id = o.case_id and c.jurisdiction = iam.jurisdiction()
  group by c.id, c.code order by c.id desc limit least(at_most, 200)
$$;

create function audit.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log is append-only' using errcode = 'insufficient_privilege';
end $$;

-- A shelter's month sheet: its own records, counted, also of persons whose case it no longer sees.
create function casework.month_sheet(first_day date) returns table (
  delivered_on date, service_type text, unit text, deliveries bigint, quantity numeric, persons bigint, refusals bigint
) language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select d.delivered_on, d.service_type, d.unit, count(*) filter (where d.outcome = 'delivered'),
    coalesce(sum(d.quantity) filter (where d.outcome = 'delivered'), 0), count(distinct d.case_id),
    count(*) filter (where d.outcome = 'refused')
  from casework.service_delivery d
  where d.org_id = iam.org() and iam.holds('casework') and iam.reads_cases() and d.superseded_by is null and d.outcome <> 'void'
    and d.delivered_on >= date_trunc('month', first_day) and d.delivered_on < date_trunc('month', first_day) + interval '1 month'
  group by d.delivered_on, d.service_type, d.unit
$$;

-- Insert rows of several tables in one round trip, as the caller: row-level security judges each of them.
create function casework.write(batch jsonb) returns void language plpgsql volatile as $$
declare
  item jsonb;
  columns text;
begin
  for item in select value from jsonb_array_elements(batch) loop
    -- what can be smuggled into a query may not start a session by it
    if split_part(item ->> 'table', '.', 1) not in ('casework', 'vault', 'audit') then
      raise exception 'rows of % are not written together', item ->> 'table' using errcode = 'insufficient_privilege';
    end if;
    select string_agg(quote_ident(name), ', ') into columns from jsonb_array_elements_text(item -> 'columns') name;
    execute format('insert into %1$s (%2$s) select %2$s from jsonb_populate_recordset(null::%1$s, $1)',
      (item ->> 'table')::regclass, columns) using item -> 'rows';
  end loop;
end $$;
