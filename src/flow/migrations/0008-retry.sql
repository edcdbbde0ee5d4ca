-- compatible
-- What a retry of many runs does again is what one retry does again (plan-again.ts).

-- As in 0004, but: a part of a step (that it began to wait, which child it started) goes with its step, but for
-- a child that lives or was done after all; a child that was cancelled is started anew; and what could not be
-- undone was not.
create or replace function flow_bulk_retry(runs int8[], anew bool) returns int4
language plpgsql set search_path from current as $$
declare
  one record;
  back text;
  done int4 := 0;
begin
  for one in
    select run.run_id, run.flow, ended.run_id is not null as has_ended,
      anew and not exists (select 1 from flow_machine as kept where kept.run_id = run.run_id) as is_anew
    from flow_run as run
    left join flow_end as ended on ended.run_id = run.run_id and ended.outcome = 2
    where run.run_id = any(runs) order by run.run_id
  loop
    with undone as (
      select left(step, -5) as step from flow_step
      where run_id = one.run_id and step like '%~undo' and outcome = 1),
    gone as (
      select step from flow_step
      where run_id = one.run_id and step <> '~fork' and (one.is_anew or outcome in (2, 3)
        or step like '%~undo' or step in (select undone.step from undone))),
    parts as (
      select part.step from flow_step as part
      where part.run_id = one.run_id and not one.is_anew and (
        part.step like '%~wait' and left(part.step, -5) in (select gone.step from gone)
        or part.step like '%~child' and left(part.step, -6) in (select gone.step from gone)
          and exists (select 1 from flow_end as ended where ended.outcome <> 1 and ended.run_id
            = case when part.step like '%~child' then part.result::int8 end)))
    select coalesce(json_agg(step), '[]')::text into back
      from (select step from gone union select step from parts) as all_of_them;
    if flow_reopen(one.run_id, one.flow, one.has_ended, back) then
      delete from flow_state where run_id = one.run_id;
      done := done + 1;
    end if;
  end loop;
  return done;
end $$;
