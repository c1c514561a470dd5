import type { Check } from './check.ts'
import { fail, ok, skip, warn } from './check.ts'

const SANDBOX = 'or run bots with ZAPTRIA_BROWSER_SANDBOX=off, which gives up one wall between a web page and the bot'

export const kernelChecks: readonly Check[] = [
  {
    id: 'user-namespaces',
    title: 'Chromium’s sandbox',
    needs: 'local docker',
    run: async (machine) => {
      const value = async (name: string): Promise<string | undefined> =>
        (await machine.read(`/proc/sys/${name.replaceAll('.', '/')}`))?.trim()
      const persist = (line: string): string =>
        `echo "${line}" | sudo tee /etc/sysctl.d/60-zaptria.conf && sudo sysctl --system, ${SANDBOX}`
      if ((await value('kernel.unprivileged_userns_clone')) === '0')
        return fail('the kernel keeps user namespaces from unprivileged programs', persist('kernel.unprivileged_userns_clone = 1'))
      const most = await value('user.max_user_namespaces')
      if (most === undefined) return fail('the kernel has no user namespaces', `Use a kernel with CONFIG_USER_NS, ${SANDBOX}`)
      if (Number(most) < 1000)
        return fail(`the kernel allows ${most} user namespaces; each bot takes a few`, persist('user.max_user_namespaces = 15000'))
      if ((await value('kernel.apparmor_restrict_unprivileged_userns')) === '1')
        return warn(
          'AppArmor restricts user namespaces, which can keep the sandbox from starting',
          persist('kernel.apparmor_restrict_unprivileged_userns = 0'),
        )
      return ok('user namespaces are there')
    },
  },
  {
    id: 'clock',
    title: 'Clock',
    run: async (machine) => {
      const timedatectl = await machine.run('timedatectl', ['show', '--property=NTPSynchronized', '--value'])
      const fix = 'sudo timedatectl set-ntp true (or install chrony); TLS and WhatsApp refuse a wrong clock'
      if (timedatectl.code === 0 && timedatectl.stdout.trim() === 'yes') return ok('synchronised')
      const chrony = await machine.run('chronyc', ['-c', 'tracking'])
      if (chrony.code === 0) {
        const fields = chrony.stdout.trim().split(',')
        return fields.at(-1) === 'Normal' ? ok('synchronised by chrony') : warn('chrony runs, but is not synchronised', fix)
      }
      if (timedatectl.code === 0) return warn('not synchronised', fix)
      return skip('neither timedatectl nor chrony answers here')
    },
  },
]
