/** A backup cannot be taken, read or restored: what, where, and what to do about it. */
export class BackupError extends Error {
  readonly hint: string | undefined
  constructor(message: string, hint?: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'BackupError'
    this.hint = hint
  }
}

/** What lies in the store is not what was put there. */
export class BackupDamagedError extends BackupError {
  constructor(id: string, what: string, options?: ErrorOptions) {
    super(`The backup ${id} is damaged: ${what}.`, 'Others may be whole: zaptria backup list, zaptria backup verify ID', options)
    this.name = 'BackupDamagedError'
  }
}
