-- A tenant's timeline shows what was wrong with its bot, newest first.
create index alerts_tenant on alerts (tenant_id, id desc);

-- And who asked for what. A tenant whose system sends by the API has a row for every message: these are passed over, not read through.
create index audit_timeline on audit (tenant_id, id desc)
  where action not like 'message.%' and action not like 'conversation.%' and action not like 'media.%';
