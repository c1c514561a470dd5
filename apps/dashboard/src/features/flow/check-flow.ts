import type { Flow, FlowIssue } from '@zaptria/contract'
import { jsonPlaces, lineOf, parseFlow, placeOf } from '@zaptria/core'
import { en, ptBR } from 'zod/locales'
import type { Language } from '../../i18n/language.ts'
import type { Translate } from '../../i18n/use-t.ts'
import { issueText } from './issue-text.ts'

/** A mistake or remark, in words, with its place in the text. */
export type PlacedIssue = { path: string; text: string; line: number; offset: number }
/** `json` is what was typed as far as it is JSON at all, else undefined. */
export type CheckedFlow = { issues: PlacedIssue[]; warnings: PlacedIssue[]; flow: Flow | null; json: unknown }

const LOCALES = { 'pt-BR': ptBR(), en: en() }

/** Checks what was typed with the very code that runs flows. The server checks again when it is published. */
export function checkFlow(text: string, language: Language, t: Translate): CheckedFlow {
  const places = jsonPlaces(text)
  if (!places.ok) {
    const line = lineOf(text, places.offset)
    return { json: undefined, flow: null, warnings: [], issues: [{ path: '', text: t('flow.issue.json'), line, offset: places.offset }] }
  }
  const json: unknown = JSON.parse(text)
  const place = ({ path, message }: FlowIssue): PlacedIssue => {
    const offset = placeOf(places.offsets, path)
    return { path, text: issueText(message, t), line: lineOf(text, offset), offset }
  }
  const parsed = parseFlow(json, { error: LOCALES[language].localeError })
  return parsed.ok
    ? { json, flow: parsed.flow, issues: [], warnings: parsed.warnings.map(place) }
    : { json, flow: null, issues: parsed.issues.map(place), warnings: [] }
}

/** The server's own list, placed in the same text. */
export function placeIssues(text: string, issues: FlowIssue[], t: Translate): PlacedIssue[] {
  const places = jsonPlaces(text)
  return issues.map(({ path, message }) => {
    const offset = places.ok ? placeOf(places.offsets, path) : 0
    return { path, text: issueText(message, t), line: lineOf(text, offset), offset }
  })
}
