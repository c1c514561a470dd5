import { cpus, loadavg, release, totalmem } from 'node:os'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Result } from './stats.ts'

export type Report = {
  bench: string
  machine: { cpus: number; model: string; memory_mb: number; os: string; load_before: number }
  versions: Record<string, string>
  runs: number
  results: Result[]
}

/** Taken before the bench starts: what else keeps the machine busy belongs to the figures. */
export function machine(): Report['machine'] {
  return {
    cpus: cpus().length,
    model: cpus()[0]?.model ?? 'unknown',
    memory_mb: Math.round(totalmem() / 1e6),
    os: `${osName()}, Linux ${release()}`,
    load_before: loadavg()[0] ?? 0,
  }
}

const osName = (): string => /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? process.platform

export function versions(options: { node: string; browserPath: string | undefined; nodeArgs: string[] | undefined }): Report['versions'] {
  const ask = (command: string): string => execFileSync(command, ['--version'], { encoding: 'utf8' }).trim()
  return {
    node: ask(options.node),
    bot_node_args: options.nodeArgs?.join(' ') ?? 'the product’s',
    'whatsapp-web.js': packageVersion('whatsapp-web.js'),
    ...(options.browserPath === undefined ? {} : { browser: ask(options.browserPath) }),
  }
}

function packageVersion(name: string): string {
  const manifest = new URL(`../../node_modules/${name}/package.json`, import.meta.url)
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version
}

const COLUMNS = ['name', 'unit', 'n', 'p50', 'p95', 'p99', 'min', 'max'] as const

/** For people. */
export function table(report: Report): string {
  const rows = [[...COLUMNS], ...report.results.map((result) => COLUMNS.map((column) => String(result[column])))]
  const widths = COLUMNS.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)))
  const lines = rows.map((row) => row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '))
  const { cpus: count, model, memory_mb, os, load_before } = report.machine
  const about = Object.entries(report.versions).flatMap(([name, version]) => (version === '' ? [] : [`${name} ${version}`]))
  return [
    `${report.bench}: ${report.runs} runs on ${count} × ${model}, ${memory_mb} MB, ${os}, load ${load_before.toFixed(1)} before`,
    about.join(', '),
    '',
    ...lines,
  ].join('\n')
}
