-- compatible
-- Runs of one flow, newest first, whatever has become of them: without walking over those of other flows.

create index flow_run_flow on flow_run (flow, run_id);
