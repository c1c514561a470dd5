import type { Page } from '../app/page.ts'

export const make = ({ connection }: Page) => ({ refreshQR: () => connection.send({ type: 'refresh_qr' }) })
