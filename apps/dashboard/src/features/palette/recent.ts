const STORED = 'zaptria.recent'
const AT_MOST = 8

/** Ids of what was chosen last, the newest first. No names: those come from the server, for whoever is signed in. */
export function readRecent(): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(STORED) ?? '[]')
    return Array.isArray(stored) ? stored.filter((id) => typeof id === 'string').slice(0, AT_MOST) : []
  } catch {
    return []
  }
}

export function rememberRecent(id: string): void {
  localStorage.setItem(STORED, JSON.stringify([id, ...readRecent().filter((old) => old !== id)].slice(0, AT_MOST)))
}

export function forgetRecent(): void {
  localStorage.removeItem(STORED)
}
