-- The formal identification: its tables, who reads and writes them, and what a member of the team may do to stand aside.
create table casework.formal_procedure (
  id uuid not null,
  case_id uuid not null,
  org_id uuid not null,
  account_id uuid not null,
  recorded_at timestamptz default now() not null,
  requested_at timestamptz not null,
  requested_by text not null,
  form text not null,
  place_kind text not null,
  officer_sex text not null,
  language text,
  interpreter text default 'not_needed' not null,
  wish bytea,
  early_reason bytea,
  state text default 'open' not null,
  round integer default 1 not null,
  withdrawn_at timestamptz,
  withdrawal_form text,
  withdrawal_note bytea,
  version integer default 1 not null,
  constraint pk_formal_procedure primary key (id),
  constraint fk_formal_procedure_case_id_case_file foreign key(case_id) references casework.case_file (id),
  constraint fk_formal_procedure_org_id_organisation foreign key(org_id) references ref.organisation (id)
);

create index ix_formal_procedure_case_id on casework.formal_procedure (case_id);

create table casework.formal_ground (
  id uuid not null,
  case_id uuid not null,
  org_id uuid not null,
  account_id uuid not null,
  recorded_at timestamptz default now() not null,
  formal_procedure_id uuid not null,
  round integer not null,
  element text not null,
  finding text not null,
  reasoning bytea,
  evidence jsonb default '[]' not null,
  constraint pk_formal_ground primary key (id),
  constraint fk_formal_ground_case_id_case_file foreign key(case_id) references casework.case_file (id),
  constraint fk_formal_ground_org_id_organisation foreign key(org_id) references ref.organisation (id),
  constraint fk_formal_ground_formal_procedure_id_formal_procedure foreign key(formal_procedure_id) references casework.formal_procedure (id)
);

create index ix_formal_ground_case_id on casework.formal_ground (case_id);

create index ix_formal_ground_formal_procedure_id on casework.formal_ground (formal_procedure_id);

create table casework.formal_interview (
  id uuid not null,
  case_id uuid not null,
  org_id uuid not null,
  account_id uuid not null,
  recorded_at timestamptz default now() not null,
  formal_procedure_id uuid not null,
  number integer not null,
  occurred_at timestamptz not null,
  kind text not null,
  setting text not null,
  officers jsonb default '[]' not null,
  child_friendly_room boolean,
  audiovisual boolean,
  interpreter text default 'not_needed' not null,
  guardian text default 'not_needed' not null,
  person_asked_earlier boolean default false not null,
  asked_note bytea,
  best_interest bytea,
  further_reason bytea,
  summary bytea,
  constraint pk_formal_interview primary key (id),
  constraint fk_formal_interview_case_id_case_file foreign key(case_id) references casework.case_file (id),
  constraint fk_formal_interview_org_id_organisation foreign key(org_id) references ref.organisation (id),
  constraint fk_formal_interview_formal_procedure_id_formal_procedure foreign key(formal_procedure_id) references casework.formal_procedure (id)
);

create index ix_formal_interview_case_id on casework.formal_interview (case_id);

create index ix_formal_interview_formal_procedure_id on casework.formal_interview (formal_procedure_id);

create table casework.formal_member (
  id uuid not null,
  case_id uuid not null,
  org_id uuid not null,
  account_id uuid not null,
  recorded_at timestamptz default now() not null,
  formal_procedure_id uuid not null,
  member_org_id uuid not null,
  member_account_id uuid,
  kind text not null,
  outside_name bytea,
  joined_at timestamptz not null,
  removed_at timestamptz,
  removed_by uuid,
  version integer default 1 not null,
  constraint pk_formal_member primary key (id),
  constraint fk_formal_member_case_id_case_file foreign key(case_id) references casework.case_file (id),
  constraint fk_formal_member_org_id_organisation foreign key(org_id) references ref.organisation (id),
  constraint fk_formal_member_formal_procedure_id_formal_procedure foreign key(formal_procedure_id) references casework.formal_procedure (id),
  constraint fk_formal_member_member_org_id_organisation foreign key(member_org_id) references ref.organisation (id)
);

create index ix_formal_member_case_id on casework.formal_member (case_id);

create index ix_formal_member_formal_procedure_id on casework.formal_member (formal_procedure_id);

create index ix_formal_member_member_account_id on casework.formal_member (member_account_id);

create table casework.formal_declaration (
  id uuid not null,
  case_id uuid not null,
  org_id uuid not null,
  account_id uuid not null,
  recorded_at timestamptz default now() not null,
  formal_procedure_id uuid not null,
  formal_member_id uuid not null,
  answer text not null,
  constraint pk_formal_declaration primary key (id),
  constraint fk_formal_declaration_case_id_case_file foreign key(case_id) references casework.case_file (id),
  constraint fk_formal_declaration_org_id_organisation foreign key(org_id) references ref.organisation (id),
  constraint fk_formal_declaration_formal_procedure_id_formal_procedure foreign key(formal_procedure_id) references casework.formal_procedure (id),
  constraint fk_formal_declaration_formal_member_id_formal_member foreign key(formal_member_id) references casework.formal_member (id)
);

create index ix_formal_declaration_case_id on casework.formal_declaration (case_id);

create index ix_formal_declaration_formal_procedure_id on casework.formal_declaration (formal_procedure_id);

create table casework.formal_proposal (
  id uuid not null,
  case_id uuid not null,
  org_id uuid not null,
  account_id uuid not null,
  recorded_at timestamptz default now() not null,
  formal_procedure_id uuid not null,
  round integer not null,
  formal_member_id uuid not null,
  proposed_at timestamptz not null,
  result text not null,
  reasoning bytea,
  legal_basis text[] default '{}' not null,
  state text default 'proposed' not null,
  content bytea,
  content_sha256 text,
  frozen_at timestamptz,
  constraint pk_formal_proposal primary key (id),
  constraint fk_formal_proposal_case_id_case_file foreign key(case_id) references casework.case_file (id),
  constraint fk_formal_proposal_org_id_organisation foreign key(org_id) references ref.organisation (id),
  constraint fk_formal_proposal_formal_procedure_id_formal_procedure foreign key(formal_procedure_id) references casework.formal_procedure (id),
  constraint fk_formal_proposal_formal_member_id_formal_member foreign key(formal_member_id) references casework.formal_member (id)
);

create index ix_formal_proposal_case_id on casework.formal_proposal (case_id);

create index ix_formal_proposal_formal_procedure_id on casework.formal_proposal (formal_procedure_id);

create table casework.formal_conflict (
  id uuid not null,
  case_id uuid not null,
  org_id uuid not null,
  account_id uuid not null,
  recorded_at timestamptz default now() not null,
  formal_declaration_id uuid not null,
  reason bytea,
  constraint pk_formal_conflict primary key (id),
  constraint fk_formal_conflict_case_id_case_file foreign key(case_id) references casework.case_file (id),
  constraint fk_formal_conflict_org_id_organisation foreign key(org_id) references ref.organisation (id),
  constraint fk_formal_conflict_formal_declaration_id_formal_declaration foreign key(formal_declaration_id) references casework.formal_declaration (id)
);

create index ix_formal_conflict_case_id on casework.formal_conflict (case_id);

create table casework.formal_decision (
  id uuid not null,
  case_id uuid not null,
  org_id uuid not null,
  account_id uuid not null,
  recorded_at timestamptz default now() not null,
  formal_procedure_id uuid not null,
  formal_proposal_id uuid not null,
  round integer not null,
  number text not null,
  decided_at timestamptz not null,
  result text not null,
  content_sha256 text not null,
  constraint pk_formal_decision primary key (id),
  constraint uq_formal_decision_formal_proposal_id unique (formal_proposal_id),
  constraint uq_formal_decision_number unique (number),
  constraint fk_formal_decision_case_id_case_file foreign key(case_id) references casework.case_file (id),
  constraint fk_formal_decision_org_id_organisation foreign key(org_id) references ref.organisation (id),
  constraint fk_formal_decision_formal_procedure_id_formal_procedure foreign key(formal_procedure_id) references casework.formal_procedure (id),
  constraint fk_formal_decision_formal_proposal_id_formal_proposal foreign key(formal_proposal_id) references casework.formal_proposal (id)
);

create index ix_formal_decision_case_id on casework.formal_decision (case_id);

create index ix_formal_decision_formal_procedure_id on casework.formal_decision (formal_procedure_id);

create table casework.formal_signature (
  id uuid not null,
  case_id uuid not null,
  org_id uuid not null,
  account_id uuid not null,
  recorded_at timestamptz default now() not null,
  formal_procedure_id uuid not null,
  formal_proposal_id uuid not null,
  formal_member_id uuid not null,
  signed_at timestamptz default now() not null,
  method text not null,
  content_sha256 text not null,
  agrees boolean default true not null,
  dissent bytea,
  constraint pk_formal_signature primary key (id),
  constraint uq_formal_signature_formal_proposal_id_formal_member_id unique (formal_proposal_id, formal_member_id),
  constraint fk_formal_signature_case_id_case_file foreign key(case_id) references casework.case_file (id),
  constraint fk_formal_signature_org_id_organisation foreign key(org_id) references ref.organisation (id),
  constraint fk_formal_signature_formal_procedure_id_formal_procedure foreign key(formal_procedure_id) references casework.formal_procedure (id),
  constraint fk_formal_signature_formal_proposal_id_formal_proposal foreign key(formal_proposal_id) references casework.formal_proposal (id),
  constraint fk_formal_signature_formal_member_id_formal_member foreign key(formal_member_id) references casework.formal_member (id)
);

create index ix_formal_signature_case_id on casework.formal_signature (case_id);

create index ix_formal_signature_formal_procedure_id on casework.formal_signature (formal_procedure_id);

create table casework.formal_letter (
  id uuid not null,
  case_id uuid not null,
  org_id uuid not null,
  account_id uuid not null,
  recorded_at timestamptz default now() not null,
  formal_procedure_id uuid not null,
  formal_decision_id uuid not null,
  language text not null,
  template_version text not null,
  content bytea,
  sha256 text not null,
  constraint pk_formal_letter primary key (id),
  constraint uq_formal_letter_formal_decision_id_language unique (formal_decision_id, language),
  constraint fk_formal_letter_case_id_case_file foreign key(case_id) references casework.case_file (id),
  constraint fk_formal_letter_org_id_organisation foreign key(org_id) references ref.organisation (id),
  constraint fk_formal_letter_formal_procedure_id_formal_procedure foreign key(formal_procedure_id) references casework.formal_procedure (id),
  constraint fk_formal_letter_formal_decision_id_formal_decision foreign key(formal_decision_id) references casework.formal_decision (id)
);

create index ix_formal_letter_case_id on casework.formal_letter (case_id);

create index ix_formal_letter_formal_procedure_id on casework.formal_letter (formal_procedure_id);

create table casework.formal_review (
  id uuid not null,
  case_id uuid not null,
  org_id uuid not null,
  account_id uuid not null,
  recorded_at timestamptz default now() not null,
  formal_procedure_id uuid not null,
  formal_decision_id uuid not null,
  kind text not null,
  occurred_at timestamptz not null,
  asked_by text not null,
  reason bytea,
  late boolean default false not null,
  due_at timestamptz,
  constraint pk_formal_review primary key (id),
  constraint fk_formal_review_case_id_case_file foreign key(case_id) references casework.case_file (id),
  constraint fk_formal_review_org_id_organisation foreign key(org_id) references ref.organisation (id),
  constraint fk_formal_review_formal_procedure_id_formal_procedure foreign key(formal_procedure_id) references casework.formal_procedure (id),
  constraint fk_formal_review_formal_decision_id_formal_decision foreign key(formal_decision_id) references casework.formal_decision (id)
);

create index ix_formal_review_case_id on casework.formal_review (case_id);

create index ix_formal_review_formal_procedure_id on casework.formal_review (formal_procedure_id);

create table casework.formal_handing_over (
  id uuid not null,
  case_id uuid not null,
  org_id uuid not null,
  account_id uuid not null,
  recorded_at timestamptz default now() not null,
  formal_procedure_id uuid not null,
  formal_letter_id uuid not null,
  given_at timestamptz not null,
  way text not null,
  recipient text not null,
  language text not null,
  interpreter text default 'not_needed' not null,
  explained boolean default false not null,
  refused_to_take boolean default false not null,
  note bytea,
  constraint pk_formal_handing_over primary key (id),
  constraint fk_formal_handing_over_case_id_case_file foreign key(case_id) references casework.case_file (id),
  constraint fk_formal_handing_over_org_id_organisation foreign key(org_id) references ref.organisation (id),
  constraint fk_formal_handing_over_formal_procedure_id_formal_procedure foreign key(formal_procedure_id) references casework.formal_procedure (id),
  constraint fk_formal_handing_over_formal_letter_id_formal_letter foreign key(formal_letter_id) references casework.formal_letter (id)
);

create index ix_formal_handing_over_case_id on casework.formal_handing_over (case_id);

create index ix_formal_handing_over_formal_procedure_id on casework.formal_handing_over (formal_procedure_id);

-- True where the member is the actor, not removed from the team.
create function casework.is_formal_member(given uuid) returns boolean language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select iam.reads_cases() and exists (select 1 from casework.formal_member m
    where m.id = given and m.member_account_id = iam.actor() and m.removed_at is null)
$$;

-- True where the actor declared a conflict of interest about this case in this transaction: from then on the denial ledger
-- keeps the actor away.
create function casework.declared_conflict(given uuid) returns boolean language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select iam.reads_cases() and exists (select 1 from casework.formal_declaration d
    where d.case_id = given and d.account_id = iam.actor() and d.answer = 'declared' and d.recorded_at = now())
$$;

-- The case of a procedure from which the actor stood aside by declaring a conflict of interest; null for everybody else.
-- It tells nobody more than what they declared themselves.
create function casework.stood_aside_from(given uuid) returns uuid language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select d.case_id from casework.formal_declaration d
  where iam.reads_cases() and d.formal_procedure_id = given and d.account_id = iam.actor() and d.answer = 'declared' limit 1
$$;

-- True where a person is named to the team of a procedure that goes on, and the actor may see what is given on.
create function casework.may_grant_formal(given uuid, to_account uuid, classes text[], source uuid)
returns boolean language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select not casework.denied(given) and casework.may_see(given, 'identification')
    and classes <@ '{milestones,identification,casework}'::text[]
    and not exists (select 1 from unnest(classes) c where not casework.may_see(given, c))
    and exists (select 1 from casework.formal_member m join casework.formal_procedure p on p.id = m.formal_procedure_id
      where p.id = source and p.case_id = given and m.member_account_id = to_account and m.removed_at is null)
$$;

-- Whoever sees the identification of the case reads and writes here, each row in its author's name. A member's declaration
-- and signature are the member's own act; what is signed is checked against the member's account, not only by the program.
do $$
declare t text;
declare own text;
begin
  foreach t in array array['formal_procedure', 'formal_member', 'formal_declaration', 'formal_conflict', 'formal_interview',
    'formal_ground', 'formal_proposal', 'formal_signature', 'formal_decision', 'formal_letter', 'formal_handing_over',
    'formal_review']
  loop
    execute format('alter table casework.%I enable row level security', t);
    execute format('alter table casework.%I force row level security', t);
    execute format('grant select, insert on casework.%I to besa_app', t);
    own := case when t in ('formal_declaration', 'formal_signature') then ' and casework.is_formal_member(formal_member_id)'
      else '' end;
    execute format('create policy %s_insert on casework.%I for insert to besa_app with check (
      (select iam.reads_cases()) and casework.may_see(case_id, ''identification'') and not (select iam.national())
      and org_id = (select iam.org()) and account_id = (select iam.actor()) and recorded_at = now()%s)', t, t, own);
    continue when t = 'formal_conflict';
    execute format('create policy %s_read on casework.%I for select to besa_app using (
      (select iam.reads_cases()) and casework.may_see(case_id, ''identification''))', t, t);
  end loop;
end $$;

create policy owner_functions on casework.formal_member to current_user using (true) with check (true);

create policy owner_functions on casework.formal_declaration to current_user using (true) with check (true);

create policy owner_functions on casework.formal_procedure to current_user using (true) with check (true);

create policy formal_conflict_read on casework.formal_conflict for select to besa_app using (
  (select iam.reads_cases()) and casework.led_by_us(case_id));

-- What a later step moves; everything else stays as it was written.
grant update (state, round, withdrawn_at, withdrawal_form, withdrawal_note, version) on casework.formal_procedure to besa_app;

grant update (removed_at, removed_by, version) on casework.formal_member to besa_app;

grant update (state, content, content_sha256, frozen_at) on casework.formal_proposal to besa_app;

create policy formal_procedure_change on casework.formal_procedure for update to besa_app using (
  (select iam.reads_cases()) and casework.may_see(case_id, 'identification'))
  with check ((select iam.reads_cases()) and casework.may_see(case_id, 'identification'));

create policy formal_member_change on casework.formal_member for update to besa_app using (
  (select iam.reads_cases()) and removed_at is null and casework.may_see(case_id, 'identification'))
  with check ((select iam.reads_cases()) and removed_at = now() and removed_by = (select iam.actor()));

create policy formal_proposal_change on casework.formal_proposal for update to besa_app using (
  (select iam.reads_cases()) and state = 'proposed' and casework.may_see(case_id, 'identification'))
  with check ((select iam.reads_cases()) and casework.may_see(case_id, 'identification'));

-- What was signed never changes: once frozen, the content stands.
create function casework.keep_frozen() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception 'what was signed does not change' using errcode = 'insufficient_privilege';
end $$;

create trigger keep_frozen before update on casework.formal_proposal for each row
  when (old.frozen_at is not null and (old.content, old.content_sha256, old.frozen_at) is distinct from
    (new.content, new.content_sha256, new.frozen_at)) execute function casework.keep_frozen();

revoke execute on function casework.is_formal_member(uuid), casework.declared_conflict(uuid), casework.stood_aside_from(uuid),
  casework.may_grant_formal(uuid, uuid, text[], uuid), casework.keep_frozen() from public;

grant execute on function casework.is_formal_member(uuid), casework.declared_conflict(uuid), casework.stood_aside_from(uuid),
  casework.may_grant_formal(uuid, uuid, text[], uuid), casework.keep_frozen() to besa_app;

-- A member of the team sees the casework too, and is named by person, never by organisation.
create policy grant_insert_formal on casework.case_grant for insert to besa_app with check (
  (select iam.reads_cases()) and granted_by = (select iam.actor()) and basis = 'team' and org_id is null
  and valid_from <= now() and casework.may_grant_formal(case_id, account_id, data_classes, source_id));

-- Who declared a conflict of interest stands aside by the same act.
create policy denial_insert_own on casework.case_denial for insert to besa_app with check (
  (select iam.reads_cases()) and denied_by = (select iam.actor()) and account_id = (select iam.actor()) and org_id is null
  and valid_from = now() and valid_to is null and reason = 'conflict_of_interest' and casework.declared_conflict(case_id));
