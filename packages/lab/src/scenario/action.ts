import { z } from 'zod'
import type { Gateway } from '../wire/gateway.ts'

/** One act of the outside world: what it takes, what it does. */
export type Action<S extends z.ZodType, R> = { input: S; run(gateway: Gateway, input: z.output<S>, signal: AbortSignal): R | Promise<R> }

export const action = <S extends z.ZodType, R>(input: S, run: Action<S, R>['run']): Action<S, R> => ({ input, run })

export const digits = z.string().regex(/^\d{6,16}$/, 'digits only, with the country code')
