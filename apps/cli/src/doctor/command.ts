import type { Result } from '../command.ts'
import { command } from '../command.ts'
import { ETC } from '../host/script.ts'
import { readAddress, readHostPort, readPool } from '../values.ts'
import type { Check, Finding, Outcome } from './check.ts'
import { findingLines, skip, summary } from './check.ts'
import { dockerChecks, dockerInfo, dockerIsLocal } from './docker.ts'
import { kernelChecks } from './kernel.ts'
import type { Machine } from './machine.ts'
import { engineFrom, thisMachine } from './machine.ts'
import { poolChecks } from './pool.ts'
import { probe } from './probe.ts'
import { driverOf, DRIVERS, processChecks, readDriver } from './process.ts'
import { rulesChecks } from './rules.ts'

/** What doctor looks at, in the order in which people would mend it. */
export const CHECKS: readonly Check[] = [...dockerChecks, ...kernelChecks, ...poolChecks, ...rulesChecks]

const INTERNET = { host: '1.1.1.1', port: 443 }

export const doctor = command({
  name: 'doctor',
  summary: 'find what is wrong on this machine, and how to mend it',
  details: `Looks at this machine's Docker, kernel and host rules, then starts two small containers for a few seconds, like bots, and lets one try what bots
must and must not reach. Changes nothing and leaves nothing behind. Run it as root to see all.
Where bots run as processes (ZAPTRIA_DRIVER=process, or no Docker is here) it looks at what that needs: Node, Chromium, memory, disk, kernel.`,
  options: {
    driver: {
      kind: 'value',
      placeholder: DRIVERS.join('|'),
      summary: 'how bots are to run here (default: ZAPTRIA_DRIVER; else by Docker, where there is any)',
      parse: readDriver,
    },
    image: {
      kind: 'value',
      placeholder: 'NAME',
      summary: 'the image for the trial, any with Node in it (default: that of bots)',
      parse: String,
    },
    pool: {
      kind: 'values',
      placeholder: 'RANGE',
      summary: 'a pool of bots that will run here (default: ZAPTRIA_BOTS_POOL, and those that are in use)',
      parse: readPool,
    },
    listen: {
      kind: 'value',
      placeholder: 'ADDR:PORT',
      summary: 'the listener that bots must reach (default: those that the rules open)',
      parse: readAddress,
    },
    internet: {
      kind: 'value',
      placeholder: 'HOST:PORT',
      summary: 'what bots must reach on the internet (default 1.1.1.1:443)',
      parse: readHostPort,
    },
    private: {
      kind: 'values',
      placeholder: 'ADDR:PORT',
      summary: 'a machine of yours that answers here and must not answer bots',
      parse: readAddress,
    },
  },
  run: async ({ driver: said, image, pool, listen, internet, private: privates }, { say, signal }): Promise<Result> => {
    const engine = engineFrom(process.env)
    const named = process.env['ZAPTRIA_BOTS_POOL']
    const pools = pool.length > 0 || named === undefined ? pool : [named]
    const machine = thisMachine(engine, { signal, etc: process.env['ZAPTRIA_ETC'] ?? ETC, pools })
    const findings: Finding[] = []
    const tell = (finding: Finding): void => {
      findings.push(finding)
      for (const line of findingLines(finding)) say(line)
    }
    const driver = await driverOf(machine, said, process.env)
    if (driver === 'process') say('Bots run here as processes, without Docker. For containers: zaptria doctor --driver docker')
    const checks = driver === 'process' ? processChecks(process.env, process.versions.node, process.cwd()) : CHECKS
    for (const check of checks) {
      if (signal.aborted) break
      tell({ id: check.id, title: check.title, ...(await examine(check, machine)) })
    }
    if (driver === 'docker' && !signal.aborted && (await dockerInfo(machine)) !== null)
      for (const finding of await probe(machine, engine, { image, internet: internet ?? INTERNET, privates, listener: listen }, signal))
        tell(finding)
    engine.client.close()
    say('')
    say(
      signal.aborted
        ? 'Stopped before the end; nothing is left behind.'
        : summary(findings, driver === 'process' ? 'as processes' : 'in containers'),
    )
    const wrong = signal.aborted || findings.some(({ state }) => state === 'fail')
    return { code: wrong ? 1 : 0, data: { ok: !wrong, driver, checks: findings } }
  },
})

/** A check's outcome; skipped when what it needs is not there. */
export async function examine({ needs, run }: Check, machine: Machine): Promise<Outcome> {
  if (needs !== undefined && (await dockerInfo(machine)) === null) return skip('Docker cannot be reached')
  if (needs === 'local docker' && !(await dockerIsLocal(machine)))
    return skip('Docker runs on another machine than this, or this is a container: run doctor where Docker runs')
  return run(machine)
}
