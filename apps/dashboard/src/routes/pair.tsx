import { useLocation } from '@tanstack/react-router'
import { PairingPage } from '../features/pairing/pairing-page.tsx'

/** The token stands behind `#`: it reaches no server's log. */
export function PairRoute() {
  const { hash } = useLocation()
  return <PairingPage token={hash} />
}
