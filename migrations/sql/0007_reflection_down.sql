drop trigger end_escalation on casework.task;

drop function casework.end_escalation();

drop function casework.proceedings_to_flag(text, integer);

drop function casework.proceedings_board(text, date, uuid, integer);

drop function casework.proceedings_counts(text, date, date);

drop function casework.proceedings_standing(text, text);

drop function casework.identified_at(uuid);

revoke update (due_at) on casework.task from besa_app;

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
          when 'expired' then r.answer_due_at <= now()
          when 'withdrawn' then true
          when 'revoked' then true
          else r.state <> 'drafted' and r.receiver_org_id = iam.org()
        end)))
$$
