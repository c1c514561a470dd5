export { engineAddress, engineOf, isLocal, type EngineAddress, type EngineFiles } from './address.ts'
export { createEngineClient, EngineAnswer, type EngineClient, type EngineRequest } from './client.ts'
export { runInContainer, type ContainerRun } from './exec.ts'
