export { createTestDatabase, type TestDatabase } from './database.ts'
export { waitFor, type WaitOptions } from './wait-for.ts'
export { docker, dockerMissing, hubOf, sweepDocker, TEST_BOT_IMAGE } from './docker.ts'
