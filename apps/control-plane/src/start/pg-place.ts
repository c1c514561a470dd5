import { createLocalTools } from '../backups/local-tools.ts'
import type { PgPlace } from '../backups/tools.ts'
import type { Config } from '../config.ts'

/** Where the settings have PostgreSQL's own programs. */
export const pgPlace = ({ backups }: Pick<Config, 'backups'>): PgPlace => ({
  pgDump: backups.pgDump,
  local: createLocalTools,
  container: undefined,
})
