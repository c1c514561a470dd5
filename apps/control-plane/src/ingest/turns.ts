import { availableParallelism } from 'node:os'
import pLimit from 'p-limit'

/** Runs the taking in of one bot's batch when its turn has come. */
export type IngestTurns = <T>(work: () => Promise<T>) => Promise<T>

/**
 * So many batches at once as keep the processors busy and the disk waited for. More would only take turns at every statement, each slower than if it
 * had waited; and what waits grows into a larger batch, which costs less for each event (bench: ingest).
 */
export const createIngestTurns = (): IngestTurns => pLimit(4 * availableParallelism())
