import { describe, expect, it } from 'vitest'
import { UNIT } from '../host/shell.ts'
import { rulesVersion } from '../host/script.ts'
import { CHECKS, examine } from './command.ts'
import type { Finding, Outcome } from './check.ts'
import { findingLines, summary } from './check.ts'
import type { Machine, Ran, Space } from './machine.ts'
import { judge } from './probe.ts'
import { lastSubnet } from './trial.ts'

/** Commands, files and Docker's answers of a machine, as recorded. A string is what a command printed; an object says how it ended. */
type Recording = {
  run?: Record<string, string | Partial<Ran>>
  docker?: Record<string, unknown>
  remote?: true
  files?: Record<string, string>
  space?: Space | null
  root?: boolean
  pools?: string[]
}

const ROUTES = 'ip -4 -j route show table all'
const CLOCK = 'timedatectl show --property=NTPSynchronized --value'
const GB = 1024 ** 3
const DIR = '/etc/zaptria/host-rules'
const POOL = '10.210.0.0/16'

const info = (more: object = {}): object => ({
  Driver: 'overlay2',
  MemoryLimit: true,
  SwapLimit: true,
  PidsLimit: true,
  SecurityOptions: ['name=apparmor', 'name=seccomp,profile=default'],
  DockerRootDir: '/var/lib/docker',
  ...more,
})
const network = (name: string, range: string, bridge?: string): object => ({
  Name: name,
  IPAM: { Config: [{ Subnet: range }] },
  Options: bridge === undefined ? {} : { 'com.docker.network.bridge.name': bridge },
})
const settings = (more: object = {}): string =>
  JSON.stringify({ version: rulesVersion(), backend: 'auto', pools: [POOL], listen: ['10.210.0.1:8081'], dns: 'found', ...more })
const refused = (code: string, message: string): Error => Object.assign(new Error(message), { code })

const WELL = {
  run: {
    [ROUTES]: '[{"dst":"default","gateway":"192.0.2.1","dev":"eth0"},{"dst":"172.17.0.0/16","dev":"docker0"}]',
    [CLOCK]: 'yes\n',
    'systemctl is-system-running': { code: 1, stdout: 'degraded\n' },
    [`systemctl is-enabled ${UNIT}`]: 'enabled\n',
  },
  docker: {
    '/version': { Version: '20.10.24+dfsg1', ApiVersion: '1.41' },
    '/info': info(),
    '/networks': [network('bridge', '172.17.0.0/16', 'docker0'), network('zaptria-hub', '10.210.0.0/28', 'zpt-hub')],
    '/images/json': [{ RepoTags: ['zaptria/bot:1.4.0', 'other/bot:1'] }, { RepoTags: ['zaptria/bot:latest'] }, { RepoTags: null }],
  },
  files: {
    '/proc/sys/kernel/unprivileged_userns_clone': '1\n',
    '/proc/sys/user/max_user_namespaces': '63432\n',
    '/proc/mounts': 'proc /proc proc rw 0 0\n/dev/vda1 / ext4 rw,relatime 0 0\n',
    [`${DIR}/apply.sh`]: `# Puts Zaptria's host rules ${rulesVersion()} in force`,
    [`${DIR}/settings.json`]: settings(),
  },
  space: { freeBytes: 80 * GB, totalBytes: 250 * GB, freeInodes: 900, totalInodes: 1000 },
  root: false,
}

function machine(recording: Recording): Machine {
  const commands: Record<string, string | Partial<Ran>> = { ...WELL.run, ...recording.run }
  const answers: Record<string, unknown> = { ...WELL.docker, ...recording.docker }
  const files: Record<string, string> = { ...WELL.files, ...recording.files }
  return {
    run: (program, args) => {
      const recorded = commands[[program, ...args].join(' ')]
      if (recorded === undefined) return Promise.resolve({ code: null, stdout: '', stderr: `${program} is not installed` })
      return Promise.resolve(
        typeof recorded === 'string' ? { code: 0, stdout: recorded, stderr: '' } : { code: 0, stdout: '', stderr: '', ...recorded },
      )
    },
    docker: {
      address: 'unix:///var/run/docker.sock',
      local: recording.remote !== true,
      get: (path) => (answers[path] instanceof Error ? Promise.reject(answers[path]) : Promise.resolve(answers[path])),
    },
    read: (path) => Promise.resolve(files[path] || null),
    space: () => Promise.resolve(recording.space === undefined ? WELL.space : recording.space),
    root: recording.root ?? WELL.root,
    etc: '/etc/zaptria',
    pools: recording.pools ?? [],
  }
}

async function look(id: string, recording: Recording): Promise<Outcome> {
  return examine(
    CHECKS.find((check) => check.id === id)!,
    machine(recording),
  )
}

describe('doctor', () => {
  it('finds nothing wrong with a machine that is well', async () => {
    for (const check of CHECKS) {
      const { state, found } = await examine(check, machine({}))
      // Only root sees what is in force.
      expect({ id: check.id, state, found }).toEqual({ id: check.id, state: check.id === 'rules' ? 'skip' : 'ok', found })
    }
  })

  it.each<[string, string, Recording, Outcome['state'], RegExp, RegExp?]>([
    ['docker', 'not installed', { docker: { '/version': refused('ENOENT', 'x') } }, 'fail', /no Docker at unix:/, /apt install docker\.io/],
    [
      'docker',
      'not running',
      { docker: { '/version': refused('ECONNREFUSED', 'connect ECONNREFUSED /x') } },
      'fail',
      /does not answer \(connect/,
      /enable --now docker/,
    ],
    ['docker', 'closed to this user', { docker: { '/version': refused('EACCES', 'connect EACCES') } }, 'fail', /may not/, /usermod/],
    [
      'docker',
      'too old',
      { docker: { '/version': new Error('this engine (19.03.15) speaks API 1.12 to 1.40; 1.41 to 1.51 is spoken here: update Docker') } },
      'fail',
      /19\.03\.15.* update Docker/,
      /20\.10 or newer/,
    ],
    [
      'memory',
      'not limited',
      { docker: { '/info': info({ MemoryLimit: false }) } },
      'fail',
      /does not limit memory/,
      /cgroup_enable=memory/,
    ],
    ['memory', 'without swap limits', { docker: { '/info': info({ SwapLimit: false }) } }, 'warn', /swap is not/, /swapaccount=1/],
    ['pids', 'not limited', { docker: { '/info': info({ PidsLimit: false }) } }, 'fail', /does not limit processes/, /CGROUP_PIDS/],
    ['seccomp', 'off', { docker: { '/info': info({ SecurityOptions: ['name=cgroupns'] }) } }, 'fail', /seccomp is off/, /SECCOMP_FILTER/],
    [
      'seccomp',
      'off, with nothing listed',
      { docker: { '/info': info({ SecurityOptions: null }) } },
      'fail',
      /seccomp is off/,
      /SECCOMP_FILTER/,
    ],
    ['storage', 'slow', { docker: { '/info': info({ Driver: 'vfs' }) } }, 'warn', /^vfs/, /overlay2/],
    ['storage', 'of containerd', { docker: { '/info': info({ Driver: 'overlayfs' }) } }, 'ok', /overlayfs/],
    [
      'volumes',
      'with quotas',
      { files: { '/proc/mounts': '/dev/a / ext4 rw 0 0\n/dev/b /var/lib/docker xfs rw,prjquota 0 0\n' } },
      'ok',
      /can be limited/,
    ],
    [
      'volumes',
      'on another file system than a sibling with quotas',
      { files: { '/proc/mounts': '/dev/a / ext4 rw 0 0\n/dev/b /var/lib/dock xfs rw,prjquota 0 0\n' } },
      'ok',
      /ext4 .* measured/,
    ],
    ['volumes', 'xfs without quotas', { files: { '/proc/mounts': '/dev/a / xfs rw,noquota 0 0\n' } }, 'ok', /xfs .* measured, not limited/],
    ['space', 'nearly gone', { space: { ...WELL.space, freeBytes: GB / 2 } }, 'fail', /0\.5 GB of 250\.0 GB/, /docker system df/],
    ['space', 'short', { space: { ...WELL.space, freeBytes: 20 * GB } }, 'warn', /20\.0 GB/, /docker system df/],
    ['space', 'out of inodes', { space: { ...WELL.space, freeInodes: 10 } }, 'fail', /1% of its inodes/, /docker system df/],
    ['space', 'without fixed inodes', { space: { ...WELL.space, freeInodes: 0, totalInodes: 0 } }, 'ok', /100% of its inodes/],
    ['image', 'missing', { docker: { '/images/json': [] } }, 'warn', /no zaptria\/bot/, /docker pull/],
    ['image', 'there', {}, 'ok', /^zaptria\/bot:latest, zaptria\/bot:1\.4\.0$/],
    [
      'user-namespaces',
      'closed (Debian)',
      { files: { '/proc/sys/kernel/unprivileged_userns_clone': '0\n' } },
      'fail',
      /keeps user namespaces/,
      /unprivileged_userns_clone = 1/,
    ],
    [
      'user-namespaces',
      'none',
      { files: { '/proc/sys/user/max_user_namespaces': '0\n' } },
      'fail',
      /allows 0/,
      /max_user_namespaces = 15000/,
    ],
    [
      'user-namespaces',
      'not built in',
      { files: { '/proc/sys/user/max_user_namespaces': '' } },
      'fail',
      /has no user namespaces/,
      /USER_NS/,
    ],
    [
      'user-namespaces',
      'restricted (Ubuntu)',
      { files: { '/proc/sys/kernel/apparmor_restrict_unprivileged_userns': '1\n' } },
      'warn',
      /AppArmor/,
      /apparmor_restrict_unprivileged_userns = 0/,
    ],
    ['clock', 'wrong', { run: { [CLOCK]: 'no\n' } }, 'warn', /not synchronised/, /set-ntp true/],
    ['clock', 'kept by chrony', { run: { [CLOCK]: 'no\n', 'chronyc -c tracking': 'A29FC87B,ntp,3,1.0,Normal\n' } }, 'ok', /by chrony/],
    [
      'clock',
      'lost by chrony',
      { run: { [CLOCK]: { code: 1 }, 'chronyc -c tracking': '7F7F0101,,0,0.0,Not synchronised\n' } },
      'warn',
      /chrony runs, but/,
      /set-ntp/,
    ],
    ['clock', 'in a container', { run: { [CLOCK]: { code: 1, stderr: 'System has not been booted with systemd' } } }, 'skip', /neither/],
    [
      'pool',
      'used by a VPN',
      { run: { [ROUTES]: '[{"dst":"10.210.8.0/24","dev":"wg0"}]' } },
      'fail',
      /10\.210\.8\.0\/24 .*wg0/,
      /another range/,
    ],
    [
      'pool',
      'one address used',
      { run: { [ROUTES]: '[{"dst":"10.210.255.255","dev":"ppp0"}]' } },
      'fail',
      /10\.210\.255\.255 /,
      /another range/,
    ],
    [
      'pool',
      'all of it used',
      { run: { [ROUTES]: '[{"dst":"10.210.0.0/16","dev":"eth1"}]' } },
      'fail',
      /10\.210\.0\.0\/16 /,
      /another range/,
    ],
    [
      'pool',
      'part of a wider route',
      { run: { [ROUTES]: '[{"dst":"10.0.0.0/8","dev":"tun0"}]' } },
      'warn',
      /10\.0\.0\.0\/8 .*tun0/,
      /Nothing to do/,
    ],
    [
      'pool',
      'beside other ranges, and used by ourselves',
      {
        run: { [ROUTES]: '[{"dst":"10.209.0.0/16","dev":"a"},{"dst":"10.211.0.0/16","dev":"b"},{"dst":"10.210.0.0/28","dev":"zpt-hub"}]' },
      },
      'ok',
      /nothing else/,
    ],
    [
      'pool',
      'used by a network of Docker that has no bridge yet',
      { docker: { '/networks': [network('shop_default', '10.210.0.0/20')] } },
      'fail',
      /10\.210\.0\.0\/20 .*Docker’s network shop_default/,
      /another range/,
    ],
    [
      'pool',
      'another one, used by a VPN',
      { pools: ['10.212.0.0/16'], run: { [ROUTES]: '[{"dst":"10.212.8.0/24","dev":"wg0"}]' } },
      'fail',
      /10\.212\.8\.0\/24 .*wg0/,
      /all of 10\.212\.0\.0\/16/,
    ],
    ['rules', 'missing', { files: { [`${DIR}/apply.sh`]: '' } }, 'fail', /not installed/, /^sudo zaptria host setup \(/],
    ['rules', 'early', { files: { [`${DIR}/settings.json`]: '' } }, 'fail', /earlier version.*10\.210\.0\.0\/16 only/, /host setup \(/],
    [
      'rules',
      'old',
      { files: { [`${DIR}/settings.json`]: settings({ version: '0', listen: ['10.0.0.5:1'] }) } },
      'fail',
      /another version/,
      /host setup --listen 10\.0\.0\.5:1 --listen 10\.210\.0\.1:8081 \(/,
    ],
    [
      'rules',
      'about another pool than bots will have',
      { pools: ['10.212.0.0/16'] },
      'fail',
      /leave out 10\.212\.0\.0\/16/,
      /host setup --pool 10\.210\.0\.0\/16 --pool 10\.212\.0\.0\/16 \(/,
    ],
    [
      'rules',
      'about another pool than bots have',
      { docker: { '/networks': [network('zaptria-hub-10-212-0-0-16', '10.212.0.0/28', 'zptabc')] } },
      'fail',
      /leave out 10\.212\.0\.0\/16/,
      /--pool 10\.212/,
    ],
    ['rules', 'about a wider pool', { pools: ['10.210.16.0/20'] }, 'skip', /only root can see/],
    [
      'rules-boot',
      'off',
      { run: { [`systemctl is-enabled ${UNIT}`]: { code: 1, stdout: 'disabled\n' } } },
      'fail',
      /not enabled/,
      /enable --now/,
    ],
    ['rules-boot', 'without systemd', { run: { 'systemctl is-system-running': { code: null } } }, 'warn', /no systemd/, /apply\.sh$/],
  ])('%s: says when it is %s', async (id, _, recording, state, found, fix) => {
    const outcome = await look(id, recording)
    expect(outcome).toEqual({
      state,
      found: expect.stringMatching(found) as string,
      ...(fix === undefined ? {} : { fix: expect.stringMatching(fix) as string }),
    })
  })

  it('does not judge this machine by a Docker elsewhere, nor without one', async () => {
    // Also from a container that has Docker's socket: there Docker's files are not.
    for (const elsewhere of [{ remote: true }, { space: null }] satisfies Recording[]) {
      for (const id of ['space', 'pool', 'rules', 'user-namespaces'])
        expect(await look(id, elsewhere)).toEqual({ state: 'skip', found: expect.stringMatching(/run doctor where Docker runs/) as string })
      expect((await look('memory', elsewhere)).state).toBe('ok')
    }
    const without: Recording = { docker: { '/info': refused('ENOENT', 'x') } }
    for (const id of ['memory', 'space', 'pool', 'rules', 'image'])
      expect(await look(id, without)).toEqual({ state: 'skip', found: 'Docker cannot be reached' })
  })
})

describe('an attempt of the trial', () => {
  it.each([
    ['fail', 'connected', 'fail'],
    ['fail', 'EHOSTUNREACH', 'ok'],
    ['fail', 'timeout', 'ok'],
    ['reach', 'connected', 'ok'],
    ['reach', 'EHOSTUNREACH', 'fail'],
    ['reach if possible', 'ENOTFOUND', 'warn'],
    ['fail', undefined, 'fail'],
  ] as const)('that must %s and was answered by %s is %s', (must, answer, state) => {
    expect(judge({ id: 'x', title: 'X', target: '10.0.0.1:80', must }, answer, 'zaptria host setup').state).toBe(state)
  })

  it('is made from the end of the pool', () => {
    expect([1, 2].map((index) => lastSubnet('10.210.0.0/16', index))).toEqual([
      { subnet: '10.210.255.240/28', gateway: '10.210.255.241' },
      { subnet: '10.210.255.224/28', gateway: '10.210.255.225' },
    ])
  })
})

describe('the report', () => {
  const finding = (state: Outcome['state'], fix?: string): Finding => ({
    id: 'x',
    title: 'Thing',
    state,
    found: 'so',
    ...(fix === undefined ? {} : { fix }),
  })

  it('marks each line and gives the fix', () => {
    expect([finding('ok'), finding('warn', 'do'), finding('fail', 'do'), finding('skip')].flatMap(findingLines)).toEqual([
      '✓ Thing: so',
      '! Thing: so',
      '    → do',
      '✗ Thing: so',
      '    → do',
      '– Thing: so',
    ])
  })

  it.each([
    [['ok', 'ok'], 'All is well.'],
    [['ok', 'skip'], 'All is well. 1 check could not be made here.'],
    [['warn', 'ok'], 'Bots can run here; 1 thing deserves a look.'],
    [['warn', 'warn'], 'Bots can run here; 2 things deserve a look.'],
    [['fail'], '1 thing must be put right before bots run in containers here.'],
    [
      ['fail', 'fail', 'warn', 'skip', 'skip'],
      '2 things must be put right before bots run in containers here, 1 more deserves a look. 2 checks could not be made here.',
    ],
  ] as const)('of %j ends with %j', (states, text) => {
    expect(summary(states.map((state) => finding(state)))).toBe(text)
  })

  it('says that bots run without Docker all the same', () => {
    const none = { ...finding('fail'), id: 'docker' }
    expect(summary([none])).toMatch(
      /^1 thing must be put right before bots run in containers here\. Without Docker, they still run as processes/,
    )
    expect(summary([{ ...none, state: 'ok' }, finding('fail')])).not.toMatch(/Without Docker/)
  })
})
