import type { Page } from '../app/page.ts'

export const make = ({ socket }: Page) => ({ Socket: socket })
