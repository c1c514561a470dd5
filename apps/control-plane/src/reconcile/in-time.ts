/** A driver that does not answer in this time is one that does not answer. Below the lease's length. */
const DRIVER_MS = 40_000

export async function inTime<T>(answer: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`the driver did not answer within ${DRIVER_MS / 1000} s`)), DRIVER_MS)
  try {
    return await Promise.race([answer, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
