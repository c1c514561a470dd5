-- A transaction may be of several tenants, named in one setting: what many bots report at once is stored together.
create function zaptria_current_tenants() returns uuid[] language sql stable as
  $$ select string_to_array(nullif(current_setting('zaptria.tenants', true), ''), ',')::uuid[] $$;

-- In a subquery, so that the setting is read once for each statement and not for each row.
do $$
declare
  p record;
  is_theirs text;
begin
  for p in select tablename from pg_policies where schemaname = current_schema() and policyname = 'tenant' loop
    is_theirs := format('(%I = any ((select zaptria_current_tenants())::uuid[]))', case when p.tablename = 'tenants' then 'id' else 'tenant_id' end);
    execute format('alter policy tenant on %I using %s with check %s', p.tablename, is_theirs, is_theirs);
  end loop;
end $$;
drop function zaptria_current_tenant();
