import { describe, expect, it } from 'vitest'
import { findingLines, summary } from './check.ts'
import type { Finding } from './check.ts'
import type { Machine, Space } from './machine.ts'
import { driverOf, processChecks } from './process.ts'

const GB = 1024 ** 3
const SPACE: Space = { freeBytes: 100 * GB, totalBytes: 250 * GB, freeInodes: 90, totalInodes: 100 }
const ABSENT = Object.assign(new Error('connect ENOENT /var/run/docker.sock'), { code: 'ENOENT' })

type Here = { docker?: Error | null; etc?: true; browser?: string; free?: number; space?: Space }

/** A machine as somebody finds it who has cloned the repository; without Docker, unless it is said. */
const machine = ({ docker = ABSENT, etc, browser = 'chromium', free = 4_000_000, space = SPACE }: Here = {}): Machine => ({
  run: (program, [first]) => {
    const said: Record<string, string> = { [browser]: 'Chromium 140.0.7339.80\n', timedatectl: 'yes\n' }
    const stdout = first === '--version' || program === 'timedatectl' ? said[program] : undefined
    return Promise.resolve({ code: stdout === undefined ? null : 0, stdout: stdout ?? '', stderr: '' })
  },
  docker: {
    address: 'unix:///var/run/docker.sock',
    local: true,
    get: () => (docker === null ? Promise.resolve({ Version: '28.0.0' }) : Promise.reject(docker)),
  },
  read: (path) =>
    Promise.resolve(
      path === '/proc/meminfo'
        ? `MemTotal: 8000000 kB\nMemAvailable:   ${free} kB\n`
        : path.startsWith('/proc/sys/user')
          ? '30000\n'
          : null,
    ),
  space: (path) => Promise.resolve(path === '/etc/zaptria' && etc === undefined ? null : space),
  root: false,
  etc: '/etc/zaptria',
  pools: [],
})

const examined = async (here: Here, env: NodeJS.ProcessEnv = {}, node = '24.21.0'): Promise<Finding[]> =>
  Promise.all(processChecks(env, node, '/srv/zaptria').map(async ({ id, title, run }) => ({ id, title, ...(await run(machine(here))) })))

describe('how bots are to run on a machine', () => {
  it.each<[string, Here, NodeJS.ProcessEnv, 'process' | 'docker' | undefined, 'process' | 'docker']>([
    ['as processes without any Docker', {}, {}, undefined, 'process'],
    ['in containers where Docker answers', { docker: null }, {}, undefined, 'docker'],
    [
      'in containers where Docker is there and refuses',
      { docker: Object.assign(new Error('x'), { code: 'EACCES' }) },
      {},
      undefined,
      'docker',
    ],
    ['in containers where one is named', {}, { DOCKER_HOST: 'tcp://10.0.0.2:2376' }, undefined, 'docker'],
    ['in containers where the host was set up for them', { etc: true }, {}, undefined, 'docker'],
    ['as the control plane is told', { docker: null }, { ZAPTRIA_DRIVER: 'process' }, undefined, 'process'],
    ['as the control plane is told, without Docker', {}, { ZAPTRIA_DRIVER: 'docker' }, undefined, 'docker'],
    ['as it is said', {}, { ZAPTRIA_DRIVER: 'process' }, 'docker', 'docker'],
  ])('is %s', async (_, here, env, said, driver) => {
    expect(await driverOf(machine(here), said, env)).toBe(driver)
  })
})

describe('doctor, for bots as processes', () => {
  it('finds nothing wrong where there is no Docker', async () => {
    const found = await examined({})
    expect(found.map(({ id, state }) => `${id} ${state}`)).toEqual([
      'node ok',
      'browser ok',
      'memory ok',
      'space ok',
      'user-namespaces ok',
      'clock ok',
    ])
    expect(summary(found, 'as processes')).toBe('All is well.')
  })

  it.each<[string, Here, NodeJS.ProcessEnv, string, RegExp]>([
    ['node', {}, {}, '20.1.0', /✗ Node: 20\.1\.0 is too old\n.*npm start/],
    ['browser', { browser: 'none' }, {}, '24.0.0', /✗ Chromium: there is none\n.*apt install chromium-headless-shell/],
    ['browser', {}, { ZAPTRIA_BROWSER_PATH: '/opt/x' }, '24.0.0', /✗ Chromium: ZAPTRIA_BROWSER_PATH is \/opt\/x, which/],
    ['memory', { free: 500_000 }, {}, '24.0.0', /! Memory: 488 MB are free/],
    [
      'space',
      { space: { ...SPACE, freeBytes: GB / 2 } },
      {},
      '24.0.0',
      /✗ Disk: 0\.5 GB of 250\.0 GB free in \/srv\/zaptria.*\n.*Make room/,
    ],
  ])('says of %s what is wrong, and what to do', async (id, here, env, node, said) => {
    const finding = (await examined(here, env, node)).find((each) => each.id === id)!
    expect(findingLines(finding).join('\n')).toMatch(said)
  })
})
