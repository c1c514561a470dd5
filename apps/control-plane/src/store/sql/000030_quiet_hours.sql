-- When the fewest of a tenant's customers write, on its own clock: what holds its bot up for a moment is done then.
alter table tenants
  add column time_zone text not null default 'America/Sao_Paulo',
  add column quiet_hour int not null default 3 check (quiet_hour between 0 and 23);
