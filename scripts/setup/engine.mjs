const SOCKET = 'unix:///var/run/docker.sock'

/**
 * What the docker command must be told so that it speaks to the engine on which the bots run, and not to the one of its own context. The settings
 * are the control plane's: ZAPTRIA_DOCKER_* before Docker's own.
 */
export function engineEnv(env) {
  const host = env.ZAPTRIA_DOCKER_HOST ?? env.DOCKER_HOST ?? SOCKET
  const certPath = env.ZAPTRIA_DOCKER_CERT_PATH ?? env.DOCKER_CERT_PATH
  // The command takes certificates only when it is told to verify.
  const tls = host.startsWith('tcp:') && certPath !== undefined
  return { DOCKER_HOST: host, DOCKER_TLS_VERIFY: tls ? '1' : '', ...(tls ? { DOCKER_CERT_PATH: certPath } : {}) }
}

/** The docker command reaches every engine that we reach, but for one behind an ssh configuration of our own. */
export const commandReaches = (env) => env.ZAPTRIA_DOCKER_SSH_CONFIG === undefined || !engineEnv(env).DOCKER_HOST.startsWith('ssh:')
