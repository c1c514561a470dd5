-- By which a contact is looked for, among all tenants' too: its names without capitals and accents. Made when a name changes, which is seldom; to make it of every
-- contact at each search took a second of the processor for two hundred thousand.
alter table contacts add folded text not null generated always as
  (translate(lower(coalesce(name, '') || ' ' || coalesce(push_name, '')), 'áàâãäåéèêëíìîïóòôõöúùûüçñ', 'aaaaaaeeeeiiiiooooouuuucn')) stored;
