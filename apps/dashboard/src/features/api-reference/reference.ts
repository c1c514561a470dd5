import { queryOptions } from '@tanstack/react-query'
import { ApiError } from '../../api/client.ts'
import { keys } from '../../api/keys.ts'
import { readReference, type Reference } from './document.ts'

/** Outside of the API's own path: it is there for everybody, and is no resource. */
const ADDRESS = '/api/openapi.json'

async function fetchReference(signal: AbortSignal): Promise<Reference> {
  let response: Response
  try {
    response = await fetch(ADDRESS, { signal, headers: { accept: 'application/json' } })
  } catch (cause) {
    if (signal.aborted) throw cause
    throw new ApiError({ code: 'offline', status: 0, cause })
  }
  if (!response.ok) throw new ApiError({ code: 'unavailable', status: response.status })
  try {
    return readReference(await response.json())
  } catch (cause) {
    throw new ApiError({ code: 'unreadable_answer', status: response.status, cause })
  }
}

export const referenceQuery = queryOptions({
  queryKey: keys.apiReference,
  queryFn: ({ signal }) => fetchReference(signal),
  staleTime: Infinity,
})
