-- `linked`: a minute after a number was linked. `nightly`: what is lost with a volume is a day at most.
alter table snapshots drop constraint snapshots_cause_check;
alter table snapshots add constraint snapshots_cause_check check (cause in ('asked', 'linked', 'nightly'));
