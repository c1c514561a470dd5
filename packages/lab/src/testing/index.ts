export { createTestDatabase, type TestDatabase } from './database.ts'
export { waitFor, type WaitOptions } from './wait-for.ts'
