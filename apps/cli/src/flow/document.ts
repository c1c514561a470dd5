import { readFileSync } from 'node:fs'
import type { Flow, FlowIssue } from '@zaptria/contract'
import { jsonPlaces, lineOf, parseFlow, placeOf } from '@zaptria/core'
import type { Argument } from '../command.ts'
import { Problem } from '../command.ts'

export const fileArgument = { summary: 'a flow document, JSON; - reads standard input', parse: String } as const satisfies Argument<string>

export type PlacedIssue = FlowIssue & { line: number }
export type FlowDocument = { flow: Flow | null; json: unknown; issues: PlacedIssue[]; warnings: PlacedIssue[] }

/** Reads and checks a document, with the very code that runs flows. */
export function readFlow(file: string): FlowDocument {
  let text: string
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    throw new Problem(`${file} cannot be read: ${(error as Error).message}`, 'Give the name of a flow document.')
  }
  const places = jsonPlaces(text)
  if (!places.ok)
    return {
      flow: null,
      json: undefined,
      issues: [{ path: '', message: 'here the text stops being JSON', line: lineOf(text, places.offset) }],
      warnings: [],
    }
  const json: unknown = JSON.parse(text)
  const placed = (issue: FlowIssue): PlacedIssue => ({ ...issue, line: lineOf(text, placeOf(places.offsets, issue.path)) })
  const parsed = parseFlow(json)
  return parsed.ok
    ? { flow: parsed.flow, json, issues: [], warnings: parsed.warnings.map(placed) }
    : { flow: null, json, issues: parsed.issues.map(placed), warnings: [] }
}

/** As compilers do it: `flow.json:12: nodes.menu.options.0.next: there is no node "x"`. */
export const issueLines = (file: string, issues: readonly PlacedIssue[], kind = ''): string[] =>
  issues.map(({ path, message, line }) => `${file}:${line}: ${kind}${path === '' ? '' : `${path}: `}${message}`)

/** The flow of a document without mistakes. */
export function flowIn(file: string): FlowDocument & { flow: Flow } {
  const document = readFlow(file)
  if (document.flow === null) throw new Problem(issueLines(file, document.issues).join('\n'), 'docs/flows.md says how a flow is written.')
  return { ...document, flow: document.flow }
}
