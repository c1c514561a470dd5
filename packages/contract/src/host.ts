/**
 * How bots' containers lie on a host's network: what the host's rules, the docker driver and `doctor` must agree on.
 *
 * Each bot has a bridge of its own, named with one prefix and cut from one pool, so that static rules hold for every bot that will ever be made. One more
 * bridge, the hub, has no container on it: its gateway address belongs to the host alone, and there the bots' listener waits. Bots reach it
 * through their own gateway; from outside the host nobody does.
 */
export const BOTS_NETWORK = {
  /** Docker's own pools are 172.17.0.0/12 and 192.168.0.0/16, cloud networks like 10.0.0.0/24: this is seldom taken. IPv4 CIDR. */
  pool: '10.210.0.0/16',
  /** One bot's subnet: 4,095 bots a host, 13 addresses each. */
  subnetBits: 28,
  /** Names of all our bridges on the host begin so; the kernel takes 15 characters. */
  bridgePrefix: 'zpt',
  hub: { network: 'zaptria-hub', bridge: 'zpt-hub' },
  /** The default port of the bots' listener, on the hub's gateway: the pool's first address. */
  listenerPort: 8081,
  /** Beside it, the demo's WhatsApp: as many ports further as this is, wherever the listener is. */
  demoPort: 8083,
} as const

/** The network of a pool's hub. A pool of its own has one of its own, so that two installations on one host do not meet. */
export function hubNetwork(pool: string): string {
  return pool === BOTS_NETWORK.pool ? BOTS_NETWORK.hub.network : `${BOTS_NETWORK.hub.network}-${pool.replaceAll(/[^0-9]+/g, '-')}`
}

/** The other way round; null for any other network. */
export function poolOfHub(network: string): string | null {
  if (network === BOTS_NETWORK.hub.network) return BOTS_NETWORK.pool
  const numbers = network.startsWith(`${BOTS_NETWORK.hub.network}-`) ? network.slice(BOTS_NETWORK.hub.network.length + 1).split('-') : []
  return numbers.length === 5 && numbers.every((each) => /^\d{1,3}$/.test(each)) ? `${numbers.slice(0, 4).join('.')}/${numbers[4]}` : null
}

/** Docker labels on everything that is ours. */
export const DOCKER_LABEL = {
  /** The id of the server's row: another installation on the same engine has another. */
  server: 'zaptria.server',
  tenant: 'zaptria.tenant',
  bot: 'zaptria.bot',
  generation: 'zaptria.generation',
  /** SHA-256 of what the container was made from. */
  spec: 'zaptria.spec',
  /** Instead of all others: the server's id, on a container that only looks at a snapshot. */
  proof: 'zaptria.proof',
} as const

/** Where the bot image has things. */
export const BOT_IMAGE = {
  name: 'zaptria/bot',
  /** Numeric, because hosts and Kubernetes check that it is not 0. */
  user: 10_001,
  volume: '/data',
  port: 3000,
  healthcheck: '/usr/local/bin/zaptria-healthcheck',
} as const
