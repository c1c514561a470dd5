import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Flow, FlowIssue, FlowVersion } from '@zaptria/contract'
import { useState } from 'react'
import { ApiError } from '../../api/client.ts'
import { keys } from '../../api/keys.ts'
import { publishFlow } from './flow.ts'

/** Publishes; tried again after nobody knows what became of it, the same flow is published once. */
export function usePublish(tenant: string, onPublished: (version: FlowVersion) => void) {
  const queryClient = useQueryClient()
  const [attempt, setAttempt] = useState({ key: crypto.randomUUID(), of: '' })
  return useMutation({
    mutationFn: (flow: Flow) => {
      const text = JSON.stringify(flow)
      const key = attempt.of === '' || attempt.of === text ? attempt.key : crypto.randomUUID()
      setAttempt({ key, of: text })
      return publishFlow(tenant, flow, key)
    },
    onSuccess: async (published) => {
      setAttempt({ key: crypto.randomUUID(), of: '' })
      onPublished(published)
      await queryClient.invalidateQueries({ queryKey: keys.flow(tenant) })
    },
  })
}

/** The mistakes for which the server refused a flow; none where it was something else. */
export const refusalOf = (error: unknown): FlowIssue[] => (error instanceof ApiError ? error.errors : [])
