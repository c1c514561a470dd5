import type { Page } from '../app/page.ts'

export const make = ({ conn }: Page) => ({ Conn: conn })
