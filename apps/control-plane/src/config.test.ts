import { describe, expect, it } from 'vitest'
import { readConfig } from './config.ts'

const base = { DATABASE_URL: 'postgresql://localhost/zaptria' }
const key = Buffer.alloc(32, 1).toString('base64')
const faults = (env: Record<string, string>) => {
  try {
    readConfig({ ...base, ...env })
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

describe('the settings', () => {
  it('have defaults for a development machine', () => {
    expect(readConfig(base)).toMatchObject({
      role: 'all',
      public: { host: '127.0.0.1', port: 8080 },
      maxStarting: 4,
      bot: { engine: 'wwebjs', browserSandbox: true },
    })
  })

  it('are all checked at once, and what does not exist is refused', () => {
    const message = faults({
      ZAPTRIA_ROL: 'web',
      PORT: 'x',
      ZAPTRIA_BROWSER_ARGS: '--a',
      ZAPTRIA_MASTER_KEY: 'short',
      DATABASE_URL: 'mysql://x',
    })
    for (const part of [
      'ZAPTRIA_ROL: no such setting',
      'PORT',
      'DATABASE_URL',
      'ZAPTRIA_MASTER_KEY',
      'ZAPTRIA_BROWSER_ARGS: a JSON array',
    ]) {
      expect(message).toContain(part)
    }
  })

  it('leaves alone what the command line is told in the same shell', () => {
    const beside = readConfig({ ...base, ZAPTRIA_URL: 'http://127.0.0.1:3000', ZAPTRIA_API_KEY: 'zap_live_x' })
    expect(beside).toEqual(readConfig(base))
  })

  it.each([
    ['a master key is missing', {}, 'ZAPTRIA_MASTER_KEY: needed in production'],
    [
      'browser arguments are given',
      { ZAPTRIA_MASTER_KEY: key, ZAPTRIA_BROWSER_ARGS: '["--x"]' },
      'ZAPTRIA_BROWSER_ARGS: refused in production',
    ],
    [
      'the engine is simulated',
      { ZAPTRIA_MASTER_KEY: key, ZAPTRIA_ENGINE: 'simulated', ZAPTRIA_LAB_URL: 'ws://x' },
      'ZAPTRIA_ENGINE: `simulated` is refused',
    ],
  ])('in production are refused when %s', (_, env, message) => {
    expect(faults({ NODE_ENV: 'production', ...env })).toContain(message)
  })

  it('in production take the Lab only when it is switched on', () => {
    const env = { NODE_ENV: 'production', ZAPTRIA_MASTER_KEY: key, ZAPTRIA_BROWSER_ARGS: '["--x"]', ZAPTRIA_LAB: '1' }
    expect(readConfig({ ...base, ...env }).bot.browserArgs).toEqual(['--x'])
  })

  it('let plain HTTP reach no further than this machine', () => {
    expect(faults({ ZAPTRIA_PUBLIC_URL: 'http://example.com' })).toContain('plain http is for loopback')
    expect(faults({ ZAPTRIA_HOST: '0.0.0.0' })).toContain('ZAPTRIA_HOST')
    expect(faults({ ZAPTRIA_HOST: '0.0.0.0', ZAPTRIA_PUBLIC_URL: 'https://zap.example.com' })).toBe('')
    expect(faults({ ZAPTRIA_PUBLIC_URL: 'http://127.0.0.1:8080' })).toBe('')
  })

  it.each([
    ['tcp://bots-1:2376', {}, 'ZAPTRIA_LINK_URL: needed with the engine tcp://bots-1:2376'],
    ['ssh://root@bots-1', {}, 'ZAPTRIA_LINK_URL: needed with the engine ssh://root@bots-1'],
    ['ssh://root@bots-1', { ZAPTRIA_LINK_URL: 'ws://127.0.0.1:8081/api/bots/link' }, 'in a container is the container itself'],
    ['ssh://root@bots-1', { ZAPTRIA_LINK_URL: 'wss://zap.example.com/api/bots/link' }, ''],
    ['ssh://root@bots-1', { ZAPTRIA_ROLE: 'web' }, ''],
    ['unix:///run/docker.sock', {}, ''],
  ])('with the engine %s and %j say where its bots find us', (host, env, message) => {
    for (const name of ['ZAPTRIA_DOCKER_HOST', 'DOCKER_HOST'])
      expect(faults({ ZAPTRIA_DRIVER: 'docker', [name]: host, ...env })).toContain(message)
    if (message === '') expect(faults({ ZAPTRIA_DRIVER: 'docker', ZAPTRIA_DOCKER_HOST: host, ...env })).toBe('')
    // Another driver does not ask for it.
    expect(faults({ ZAPTRIA_DOCKER_HOST: host })).toBe('')
  })

  const bucket = {
    ZAPTRIA_MEDIA_S3_ENDPOINT: 'https://s3.sa-east-1.amazonaws.com',
    ZAPTRIA_MEDIA_S3_REGION: 'sa-east-1',
    ZAPTRIA_MEDIA_S3_BUCKET: 'zaptria.files',
    ZAPTRIA_MEDIA_S3_ACCESS_KEY_ID: 'AKIAX',
    ZAPTRIA_MEDIA_S3_SECRET_ACCESS_KEY: 'very-secret',
  }

  it('keep files in a directory, in a bucket, or move them from the one to the other', () => {
    const s3 = { bucket: 'zaptria.files', region: 'sa-east-1', prefix: 'media', pathStyle: true, secretAccessKey: 'very-secret' }
    expect(readConfig({ ...base, ZAPTRIA_DATA_DIR: '/data' }).media).toMatchObject({ dir: '/data/media', s3: undefined })
    expect(readConfig({ ...base, ...bucket }).media).toMatchObject({ dir: undefined, s3 })
    const both = { ...bucket, ZAPTRIA_MEDIA_DIR: '/old', ZAPTRIA_MEDIA_S3_PREFIX: 'zaptria/files.2' }
    expect(readConfig({ ...base, ...both }).media).toMatchObject({ dir: '/old', s3: { ...s3, prefix: 'zaptria/files.2' } })
  })

  it('keep snapshots apart from files, in a directory or a bucket of their own', () => {
    expect(readConfig({ ...base, ...bucket, ZAPTRIA_DATA_DIR: '/data' }).vault).toEqual({ dir: '/data/vault', s3: undefined })
    const vault = Object.fromEntries(Object.entries(bucket).map(([name, value]) => [name.replace('MEDIA', 'VAULT'), value]))
    const config = readConfig({ ...base, ...vault, ZAPTRIA_DATA_DIR: '/data' })
    expect(config.vault).toMatchObject({ dir: undefined, s3: { bucket: 'zaptria.files', prefix: 'vault' } })
    expect(config.media).toMatchObject({ dir: '/data/media', s3: undefined })
    const { ZAPTRIA_VAULT_S3_REGION: _, ...others } = vault
    expect(faults(others)).toContain('ZAPTRIA_VAULT_S3_REGION: needed to keep files in a bucket; set it, or none of ZAPTRIA_VAULT_S3_*')
  })

  it('bound what a tenant takes in the vault, when told to', () => {
    expect(readConfig(base).vault.quotaBytes).toBeUndefined()
    expect(readConfig({ ...base, ZAPTRIA_VAULT_TENANT_MB: '500' }).vault.quotaBytes).toBe(500 * 1024 * 1024)
    expect(faults({ ZAPTRIA_VAULT_TENANT_MB: '0' })).toContain('ZAPTRIA_VAULT_TENANT_MB')
  })

  it('say when a silent server is suspected, given up, trusted again', () => {
    expect(readConfig(base).servers).toEqual({ suspectMs: 15_000, giveUpMs: 60_000, trustMs: 600_000 })
    expect(readConfig({ ...base, ZAPTRIA_SERVER_GIVE_UP_SECONDS: '120' }).servers.giveUpMs).toBe(120_000)
    expect(faults({ ZAPTRIA_SERVER_GIVE_UP_SECONDS: '15' })).toContain(
      'ZAPTRIA_SERVER_GIVE_UP_SECONDS: more than 15, when it is only suspected (ZAPTRIA_SERVER_SUSPECT_SECONDS)',
    )
  })

  it('say when and by which program the database is backed up', () => {
    expect(readConfig(base).backups).toEqual({ hour: 5, pgDump: undefined, pgContainer: undefined })
    expect(readConfig({ ...base, ZAPTRIA_BACKUP_HOUR: '0', ZAPTRIA_PG_DUMP: '/opt/pg/pg_dump' }).backups).toMatchObject({
      hour: 0,
      pgDump: '/opt/pg/pg_dump',
    })
    expect(readConfig({ ...base, ZAPTRIA_BACKUP_HOUR: 'off', POSTGRES_CONTAINER: 'zaptria/postgres' }).backups).toMatchObject({
      hour: undefined,
      pgContainer: 'zaptria/postgres',
    })
    expect(faults({ ZAPTRIA_BACKUP_HOUR: '24' })).toContain('ZAPTRIA_BACKUP_HOUR: an hour from 0 to 23, or off')
    expect(faults({ ZAPTRIA_PG_DUMP: '/x/pg_dump', POSTGRES_CONTAINER: 'a/b' })).toContain('not together with POSTGRES_CONTAINER')
    expect(faults({ POSTGRES_CONTAINER: '../x' })).toContain('POSTGRES_CONTAINER: the name of a container')
  })

  it.each(Object.keys(bucket))('of a bucket are all there, or none: not without %s', (name) => {
    const { [name as keyof typeof bucket]: _, ...others } = bucket
    expect(faults(others)).toContain(`${name}: needed to keep files in a bucket`)
    expect(faults({ [name]: bucket[name as keyof typeof bucket] }).match(/needed to keep files/g)).toHaveLength(4)
    expect(faults(others)).not.toContain('very-secret')
  })

  it.each([
    [{ ZAPTRIA_MEDIA_S3_ENDPOINT: 's3.amazonaws.com' }, 'ZAPTRIA_MEDIA_S3_ENDPOINT: a URL of scheme and host alone'],
    [{ ZAPTRIA_MEDIA_S3_ENDPOINT: 'https://s3.amazonaws.com/bucket' }, 'ZAPTRIA_MEDIA_S3_ENDPOINT: a URL of scheme and host alone'],
    [{ ZAPTRIA_MEDIA_S3_ENDPOINT: 'https://key:secret@s3.amazonaws.com' }, 'ZAPTRIA_MEDIA_S3_ENDPOINT: a URL of scheme and host alone'],
    [{ ZAPTRIA_MEDIA_S3_BUCKET: 'My_Bucket' }, 'ZAPTRIA_MEDIA_S3_BUCKET: 3 to 63'],
    [{ ZAPTRIA_MEDIA_S3_PREFIX: '/media' }, 'ZAPTRIA_MEDIA_S3_PREFIX: letters'],
    [{ ZAPTRIA_MEDIA_S3_PREFIX: 'media/' }, 'ZAPTRIA_MEDIA_S3_PREFIX: letters'],
    [{ ZAPTRIA_MEDIA_S3_PREFIX: 'a/../b' }, 'ZAPTRIA_MEDIA_S3_PREFIX: letters'],
    [{ ZAPTRIA_MEDIA_S3_PATH_STYLE: 'off' }, 'ZAPTRIA_MEDIA_S3_PATH_STYLE: needs to be on for zaptria.files'],
    [
      { ZAPTRIA_MEDIA_S3_PATH_STYLE: 'off', ZAPTRIA_MEDIA_S3_ENDPOINT: 'http://[::1]:9000' },
      'ZAPTRIA_MEDIA_S3_PATH_STYLE: needs to be on with the address [::1]',
    ],
    [{ ZAPTRIA_MEDIA_S3_PATH_STYLE: 'off', ZAPTRIA_MEDIA_S3_BUCKET: 'zaptria-files' }, ''],
    [{ ZAPTRIA_MEDIA_S3_PREFIX: '..a/b..' }, ''],
  ])('of a bucket say what is wrong with %j', (env, message) => {
    if (message === '') expect(faults({ ...bucket, ...env })).toBe('')
    else expect(faults({ ...bucket, ...env })).toContain(message)
  })
})
