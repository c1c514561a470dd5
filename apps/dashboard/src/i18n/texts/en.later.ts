import { readTexts } from './read.ts'

/** In a build this module holds what this comes to (vite.config.ts): no reader of texts, and no other language, goes to the browser. */
export const TEXTS = readTexts(1, 'later')
