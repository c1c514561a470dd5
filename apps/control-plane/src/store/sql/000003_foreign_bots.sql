-- Foreign bots: what waits for one is taken by chat, sent to its address, and given up as unknown when nobody heard how an attempt ended.

alter table bots add constraint bots_http_needs_address check (transport <> 'http' or public_url is not null);
create index bots_http on bots (id) where transport = 'http';
create index messages_chat_out on messages (conversation_id) where status in ('queued', 'handed', 'unknown');
create index messages_handed on messages (handed_at) where status = 'handed';

-- When a foreign bot said what its current state is, on its own clock (never later than ours): an older word that comes late is history. Null for
-- our own bots, whose words come in order.
alter table bots add column state_told_at timestamptz;

create index audit_tenant on audit (tenant_id, id desc);
