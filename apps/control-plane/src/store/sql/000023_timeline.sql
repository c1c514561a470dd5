-- A tenant's timeline shows what was wrong with its bot, newest first.
create index alerts_tenant on alerts (tenant_id, id desc);
