-- `imported`: copied in another installation, at `taken_at`; of all others that is `asked_at`.
alter table snapshots add column taken_at timestamptz;
alter table snapshots drop constraint snapshots_cause_check;
alter table snapshots add constraint snapshots_cause_check check (cause in ('asked', 'linked', 'nightly', 'imported'));
