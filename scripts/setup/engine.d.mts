export function engineEnv(env: NodeJS.ProcessEnv): { DOCKER_HOST: string; DOCKER_TLS_VERIFY: string; DOCKER_CERT_PATH?: string }
export function commandReaches(env: NodeJS.ProcessEnv): boolean
