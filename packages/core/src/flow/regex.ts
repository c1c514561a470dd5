export type FlowRegex = { test(text: string): boolean }

/** Compiles a flow's pattern under the policy; `message` says what is wrong with it. */
export function compileRegex(source: string): { ok: true; regex: FlowRegex } | { ok: false; message: string } {
  try {
    const regex = new RegExp(source, 'iu')
    return { ok: true, regex: { test: (text) => regex.test(text.slice(0, 4096)) } }
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : 'not a regular expression' }
  }
}
