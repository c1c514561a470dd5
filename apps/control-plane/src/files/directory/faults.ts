import { faultOf } from '../../disk-faults.ts'
import { FileAwayError } from '../port.ts'

/** To whoever asks for a file, what the system says of the disk is an outage, which an operator mends; anything else stays what it is. */
export function diskFault(dir: string, error: unknown): unknown {
  const fault = faultOf(error)
  if (fault === null) return error
  return new FileAwayError(`files cannot be kept in the directory ${dir}: ${fault.text}`, { cause: error, why: fault.why })
}

export async function orDiskFault<T>(dir: string, done: Promise<T>): Promise<T> {
  try {
    return await done
  } catch (error) {
    throw diskFault(dir, error)
  }
}

export async function ifThere<T>(found: Promise<T>): Promise<T | null> {
  try {
    return await found
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}
