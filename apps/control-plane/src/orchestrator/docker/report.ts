import { DOCKER_LABEL } from '@zaptria/contract'
import type { InstanceState } from '@zaptria/contract'
import type { ContainerInspect } from './answers.ts'

/** The engine's words for a container's state, in ours. */
export function stateOf(status: ContainerInspect['State']['Status']): InstanceState {
  switch (status) {
    case 'running':
    // It still holds its session and its lock.
    case 'paused':
      return 'running'
    // The engine starts it again in a moment, so that it is not gone.
    case 'restarting':
      return 'creating'
    // Made, and then whoever made it died: it never ran.
    case 'created':
    case 'exited':
    case 'dead':
      return 'exited'
    case 'removing':
      return 'unknown'
    default:
      return status satisfies never
  }
}

/** How one ended: the kernel's kill for memory, the exit code, the engine's own words. */
export const ending = ({ OOMKilled, ExitCode, Error: said }: Pick<ContainerInspect['State'], 'OOMKilled' | 'ExitCode' | 'Error'>): string =>
  `${OOMKilled ? 'out of memory, ' : ''}exit code ${ExitCode}${said === '' ? '' : `: ${said}`}`

export function detailOf({ State: state, RestartCount: restarts }: ContainerInspect): string | null {
  const end = ending(state)
  switch (state.Status) {
    case 'running':
      return state.Health?.Status === 'unhealthy' ? 'its health check fails' : null
    case 'paused':
      return 'paused by hand'
    case 'restarting':
      return `restarting (${restarts} times so far): ${end}`
    case 'created':
      return state.Error === '' ? 'made, but never started' : `could not be started: ${state.Error}`
    case 'removing':
      return 'being removed'
    case 'exited':
    case 'dead':
      return end
    default:
      return state.Status satisfies never
  }
}

export const generationOf = (labels: Record<string, string>): number | null => {
  const generation = Number(labels[DOCKER_LABEL.generation] ?? Number.NaN)
  return Number.isInteger(generation) ? generation : null
}
