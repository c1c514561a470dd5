import type { Page } from '../app/page.ts'

/** The page's own commands and events: `logout`, `logout_from_bridge`, `offline_progress_update_from_bridge`. */
export const make = ({ cmd, connection }: Page) => ({
  Cmd: Object.assign(cmd, { refreshQR: () => connection.send({ type: 'refresh_qr' }) }),
})
