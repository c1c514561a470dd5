import { Flow } from '@zaptria/contract'
import type { FlowIssue } from '@zaptria/contract'
import { check } from './check.ts'

/** `warnings` do not stop a flow from being published: unreachable nodes. */
export type ParsedFlow = { ok: true; flow: Flow; warnings: FlowIssue[] } | { ok: false; issues: FlowIssue[] }

/** Reads a flow document. Never throws; every issue names its place as a JSON path (`nodes.menu.options.0.next`), '' for the whole. */
export function parseFlow(json: unknown): ParsedFlow {
  const parsed = Flow.safeParse(json)
  if (!parsed.success) {
    return { ok: false, issues: parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })) }
  }
  const { issues, warnings } = check(parsed.data)
  return issues.length === 0 ? { ok: true, flow: parsed.data, warnings } : { ok: false, issues }
}
