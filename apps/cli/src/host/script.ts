import { createHash } from 'node:crypto'
import { JUMPS, toIptables } from './iptables.ts'
import { toNft } from './nft.ts'
import { BOTS_NETWORK } from '@zaptria/contract'
import type { Family } from './rules.ts'
import { defaultListener, hostRules } from './rules.ts'
import type { Settings } from './settings.ts'
import { SETTINGS_FILE, toFile } from './settings.ts'
import { APPLY, CHOOSE_BACKEND, COMMON, UNIT } from './shell.ts'

/** Where the rules live on a host; tests say another place. */
export const ETC = '/etc/zaptria'
export const RULES_DIR = 'host-rules'

/** The table of ip6tables is not even there when the kernel was told to do without IPv6. */
const IPV6 = '[ -e /proc/net/if_inet6 ]'

/**
 * Of what these rules and the way to apply them are: another rule, another version, without anybody having to remember. Pools,
 * listeners and the like are not part of it.
 */
export function rulesVersion(): string {
  const chains = hostRules({ pools: [BOTS_NETWORK.pool], listen: [defaultListener(BOTS_NETWORK.pool)], dns: 'found' })
  const all = [toIptables(chains, 'ipv4', ''), toIptables(chains, 'ipv6', ''), toNft(chains, ''), COMMON, APPLY, JSON.stringify(JUMPS)]
  return createHash('sha256').update(all.join('\n')).digest('hex').slice(0, 8)
}

/** A script that sets up a host by itself: read it, pipe it to `sudo sh`, run it again whenever you like. */
export function setupScript(options: Settings): string {
  const chains = hostRules(options)
  const version = rulesVersion()
  return `#!/bin/sh
# Zaptria's host rules ${version}: what bots' containers may reach. For root; running it again changes nothing.
# docs/operations/host.md says what the rules are and why. To take them away: zaptria host undo
set -eu
umask 022
${COMMON}${CHOOSE_BACKEND}
# All in one function, so that half a script from a broken pipe does nothing.
main() {
  [ "$(id -u)" = 0 ] || fail 'This needs root: pipe it to "sudo sh".'
  choose_backend ${options.backend}
  etc=\${ZAPTRIA_ETC:-${ETC}}
  new=$etc/.${RULES_DIR}.new
  rm -rf "$new"
  mkdir -p "$new"
${heredoc('apply.sh', applyScript(version))}
${heredoc(SETTINGS_FILE, toFile(version, options))}
  case $backend in
    iptables)
${heredoc('rules.v4', toIptables(chains, 'ipv4', version))}
${heredoc('rules.v6', toIptables(chains, 'ipv6', version))}
      ;;
    nft)
${heredoc('rules.nft', toNft(chains, version))}
      ;;
  esac
  sh "$new/apply.sh" </dev/null || { rm -rf "$new"; fail 'The rules could not be applied; nothing was changed.'; }
  rm -rf "$etc/${RULES_DIR}"
  mv "$new" "$etc/${RULES_DIR}"
  say "The rules ${version} are in force, by $backend; they are kept in $etc/${RULES_DIR}."
  install_unit
}

install_unit() {
${systemdDirectory}
  if [ -z "$units" ]; then
    say "No systemd here: have sh $etc/${RULES_DIR}/apply.sh run at every boot, before Docker starts."
    return 0
  fi
  cat >"$units/${UNIT}" <<ZAPTRIA-END
${unit('$etc')}
ZAPTRIA-END
  systemctl daemon-reload
  systemctl enable --quiet ${UNIT}
  systemctl restart ${UNIT}
  say 'They come back at every boot, before Docker starts (${UNIT}).'
}

main
`
}

/** A script that takes away all that setupScript, of this version or an older one, has put on a host. */
export function undoScript(): string {
  return `#!/bin/sh
# Takes Zaptria's host rules away, of whichever version. For root; running it again changes nothing.
set -eu
${COMMON}
main() {
  [ "$(id -u)" = 0 ] || fail 'This needs root: pipe it to "sudo sh".'
  etc=\${ZAPTRIA_ETC:-${ETC}}
${systemdDirectory}
  if [ -n "$units" ] && [ -e "$units/${UNIT}" ]; then
    systemctl disable --quiet --now ${UNIT}
    rm -f "$units/${UNIT}"
    systemctl daemon-reload
  fi
  remove_nft
  remove_iptables iptables
  remove_iptables ip6tables
  rm -rf "$etc/${RULES_DIR}" "$etc/.${RULES_DIR}.new"
  rmdir "$etc" 2>/dev/null || :
  say 'The host rules are gone: bots that run here can reach the host and its networks.'
}

main
`
}

/** With rules elsewhere than in their usual place (tests), systemd is touched only when its directory is named too. */
const systemdDirectory = `  units=\${ZAPTRIA_UNITS:-}
  if [ -z "$units" ] && [ -z "\${ZAPTRIA_ETC:-}" ] && [ -d /run/systemd/system ]; then units=/etc/systemd/system; fi`

function applyScript(version: string): string {
  const jumps = (family: Family): string => JUMPS[family].map(({ from, to }) => `${from} ${to}`).join(' ')
  return `#!/bin/sh
# Puts Zaptria's host rules ${version} in force, in place of whichever were before. Written by "zaptria host setup".
set -eu
${COMMON}${APPLY}
if [ -e "$here/rules.nft" ]; then
  have nft || fail 'nft is gone. Install nftables, or run "zaptria host setup" again.'
  apply_nft
  remove_iptables iptables
  remove_iptables ip6tables
else
  have iptables || fail 'iptables is gone. Install it, or run "zaptria host setup" again.'
  apply_iptables iptables rules.v4 ${jumps('ipv4')}
  if ! ${IPV6}; then say 'No IPv6 on this host: no rules for it.'
  else
    have ip6tables || fail 'ip6tables is missing, but this host has IPv6.'
    apply_iptables ip6tables rules.v6 ${jumps('ipv6')}
  fi
  remove_nft
fi`
}

/**
 * After whatever flushes rules when it starts, before Docker; again with every restart of Docker. Wanted by Docker, not required: a fault
 * of ours must not keep everything else on the machine from starting. `doctor` says when the rules are missing.
 */
function unit(etc: string): string {
  const apply = `/bin/sh ${etc}/${RULES_DIR}/apply.sh`
  return `[Unit]
Description=Zaptria: what bots' containers may reach
After=nftables.service iptables.service netfilter-persistent.service ufw.service firewalld.service systemd-resolved.service
Before=docker.service
PartOf=docker.service
ReloadPropagatedFrom=nftables.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${apply}
ExecReload=${apply}

[Install]
WantedBy=docker.service multi-user.target`
}

function heredoc(file: string, text: string): string {
  return `  cat >"$new/${file}" <<'ZAPTRIA-END'\n${text}\nZAPTRIA-END`
}
