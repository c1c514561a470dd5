import { engineAddress } from '@zaptria/docker'
import { createContainerTools } from '../backups/container-tools.ts'
import { createLocalTools } from '../backups/local-tools.ts'
import type { PgPlace } from '../backups/tools.ts'
import type { Config } from '../config.ts'

/** Where the settings have PostgreSQL's own programs. */
export const pgPlace = ({ backups, docker }: Pick<Config, 'backups' | 'docker'>): PgPlace => ({
  pgDump: backups.pgDump,
  local: createLocalTools,
  container: backups.pgContainer === undefined ? undefined : createContainerTools(engineAddress(docker.host, docker), backups.pgContainer),
})
