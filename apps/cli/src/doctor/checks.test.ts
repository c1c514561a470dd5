import { describe, expect, it } from 'vitest'
import { UNIT } from '../host/shell.ts'
import { rulesVersion } from '../host/script.ts'
import { CHECKS, examine } from './command.ts'
import type { Finding, Outcome } from './check.ts'
import { findingLines, summary } from './check.ts'
import type { Machine, Ran, Space } from './machine.ts'
import { judge } from './probe.ts'
import { lastSubnet } from './trial.ts'

/** Commands and files of a machine, as recorded. A string is what a command printed; an object says how it ended. */
type Recording = { run?: Record<string, string | Partial<Ran>>; files?: Record<string, string>; space?: Space; root?: boolean }

const VERSION = 'docker version --format {{json .}}'
const INFO = 'docker info --format {{json .}}'
const CONTEXT = 'docker context inspect --format {{.Endpoints.docker.Host}}'
const ROUTES = 'ip -4 -j route show table all'
const NETWORKS = 'docker network ls --quiet --no-trunc'
const CLOCK = 'timedatectl show --property=NTPSynchronized --value'
const IMAGES = 'docker image ls zaptria/bot --format {{json .}}'
const GB = 1024 ** 3

const info = (more: object = {}): string =>
  JSON.stringify({
    Driver: 'overlay2',
    MemoryLimit: true,
    SwapLimit: true,
    PidsLimit: true,
    SecurityOptions: ['name=apparmor', 'name=seccomp,profile=default'],
    DockerRootDir: '/var/lib/docker',
    ...more,
  })

const WELL: Required<Recording> = {
  run: {
    [VERSION]: '{"Client":{"Version":"28.2.2"},"Server":{"Version":"20.10.24+dfsg1","ApiVersion":"1.41"}}',
    [INFO]: info(),
    [CONTEXT]: 'unix:///var/run/docker.sock\n',
    [ROUTES]: '[{"dst":"default","gateway":"192.0.2.1","dev":"eth0"},{"dst":"172.17.0.0/16","dev":"docker0"}]',
    [NETWORKS]: 'aaa\nbbb\n',
    'docker network inspect aaa bbb': JSON.stringify([
      { Name: 'bridge', IPAM: { Config: [{ Subnet: '172.17.0.0/16' }] }, Options: { 'com.docker.network.bridge.name': 'docker0' } },
      { Name: 'zaptria-hub', IPAM: { Config: [{ Subnet: '10.210.0.0/28' }] }, Options: { 'com.docker.network.bridge.name': 'zpt-hub' } },
    ]),
    [CLOCK]: 'yes\n',
    [IMAGES]: '{"Repository":"zaptria/bot","Tag":"1.4.0"}\n{"Repository":"zaptria/bot","Tag":"latest"}\n',
    'systemctl is-system-running': { code: 1, stdout: 'degraded\n' },
    [`systemctl is-enabled ${UNIT}`]: 'enabled\n',
  },
  files: {
    '/proc/sys/kernel/unprivileged_userns_clone': '1\n',
    '/proc/sys/user/max_user_namespaces': '63432\n',
    '/proc/mounts': 'proc /proc proc rw 0 0\n/dev/vda1 / ext4 rw,relatime 0 0\n',
    '/etc/zaptria/host-rules/apply.sh': `# Puts Zaptria's host rules ${rulesVersion()} in force`,
  },
  space: { freeBytes: 80 * GB, totalBytes: 250 * GB, freeInodes: 900, totalInodes: 1000 },
  root: false,
}

function machine(recording: Recording): Machine {
  const commands = { ...WELL.run, ...recording.run }
  const files = { ...WELL.files, ...recording.files }
  return {
    run: (program, args) => {
      const recorded = commands[[program, ...args].join(' ')]
      if (recorded === undefined) return Promise.resolve({ code: null, stdout: '', stderr: `${program} is not installed` })
      return Promise.resolve(
        typeof recorded === 'string' ? { code: 0, stdout: recorded, stderr: '' } : { code: 0, stdout: '', stderr: '', ...recorded },
      )
    },
    read: (path) => Promise.resolve(files[path] || null),
    space: () => Promise.resolve(recording.space ?? WELL.space),
    root: recording.root ?? WELL.root,
    etc: '/etc/zaptria',
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
    ['docker', 'not installed', { run: { [VERSION]: { code: null } } }, 'fail', /not installed/, /apt install docker\.io/],
    [
      'docker',
      'not running',
      {
        run: { [VERSION]: { code: 1, stdout: '{"Client":{},"Server":null}', stderr: 'Cannot connect to the Docker daemon at unix:///x.' } },
      },
      'fail',
      /does not answer \(Cannot connect/,
      /enable --now docker/,
    ],
    [
      'docker',
      'closed to this user',
      { run: { [VERSION]: { code: 1, stderr: 'permission denied while trying' } } },
      'fail',
      /may not/,
      /usermod/,
    ],
    [
      'docker',
      'too old',
      { run: { [VERSION]: '{"Server":{"Version":"19.03.15","ApiVersion":"1.40"}}' } },
      'fail',
      /19\.03\.15, API 1\.40, which is older/,
      /20\.10 or newer/,
    ],
    [
      'docker',
      'of a major version to come',
      { run: { [VERSION]: '{"Server":{"Version":"99","ApiVersion":"2.0"}}' } },
      'ok',
      /99, API 2\.0/,
    ],
    ['memory', 'not limited', { run: { [INFO]: info({ MemoryLimit: false }) } }, 'fail', /does not limit memory/, /cgroup_enable=memory/],
    ['memory', 'without swap limits', { run: { [INFO]: info({ SwapLimit: false }) } }, 'warn', /swap is not/, /swapaccount=1/],
    ['pids', 'not limited', { run: { [INFO]: info({ PidsLimit: false }) } }, 'fail', /does not limit processes/, /CGROUP_PIDS/],
    ['seccomp', 'off', { run: { [INFO]: info({ SecurityOptions: ['name=cgroupns'] }) } }, 'fail', /seccomp is off/, /SECCOMP_FILTER/],
    [
      'seccomp',
      'off, with nothing listed',
      { run: { [INFO]: info({ SecurityOptions: null }) } },
      'fail',
      /seccomp is off/,
      /SECCOMP_FILTER/,
    ],
    ['storage', 'slow', { run: { [INFO]: info({ Driver: 'vfs' }) } }, 'warn', /^vfs/, /overlay2/],
    ['storage', 'of containerd', { run: { [INFO]: info({ Driver: 'overlayfs' }) } }, 'ok', /overlayfs/],
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
    ['image', 'missing', { run: { [IMAGES]: '' } }, 'warn', /no zaptria\/bot/, /docker pull/],
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
      {
        run: {
          [NETWORKS]: 'ccc\n',
          'docker network inspect ccc': '[{"Name":"shop_default","IPAM":{"Config":[{"Subnet":"10.210.0.0/20"}]}}]',
        },
      },
      'fail',
      /10\.210\.0\.0\/20 .*Docker’s network shop_default/,
      /another range/,
    ],
    ['rules', 'missing', { files: { '/etc/zaptria/host-rules/apply.sh': '' } }, 'fail', /not installed/, /host setup/],
    [
      'rules',
      'old',
      { files: { '/etc/zaptria/host-rules/apply.sh': "# Zaptria's host rules 0000 in" } },
      'fail',
      /another version/,
      /host setup/,
    ],
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
    const elsewhere: Recording = { run: { [CONTEXT]: 'ssh://root@203.0.113.5\n' } }
    for (const id of ['space', 'pool', 'rules', 'user-namespaces'])
      expect(await look(id, elsewhere)).toEqual({ state: 'skip', found: 'Docker runs on another machine: run doctor there' })
    expect((await look('memory', elsewhere)).state).toBe('ok')
    const without: Recording = { run: { [INFO]: '{"ServerErrors":["Cannot connect"],"DockerRootDir":""}' } }
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
    expect(judge({ id: 'x', title: 'X', target: '10.0.0.1:80', must }, answer).state).toBe(state)
  })

  it('is made from the end of the pool', () => {
    expect([1, 2].map(lastSubnet)).toEqual([
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
    [['fail'], '1 thing must be put right before bots run here.'],
    [
      ['fail', 'fail', 'warn', 'skip', 'skip'],
      '2 things must be put right before bots run here, 1 more deserves a look. 2 checks could not be made here.',
    ],
  ] as const)('of %j ends with %j', (states, text) => {
    expect(summary(states.map((state) => finding(state)))).toBe(text)
  })
})
