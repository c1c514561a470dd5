/**
 * The fixed parts of the scripts, in POSIX sh with awk: they run where there may be no Node, as root, possibly from a pipe.
 * What is installed is a directory: apply.sh and the rules of one backend beside it.
 */

export const UNIT = 'zaptria-host-rules.service'

/** What setting up, applying and undoing have in common. */
export const COMMON = String.raw`
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
say() { printf 'zaptria: %s\n' "$*"; }
fail() { printf 'zaptria: %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# What takes away every jump to chains of ours and the chains themselves, of whichever version. For iptables-restore --noflush.
cleared() {
  "$1" -w 10 -S 2>/dev/null | awk '
    $1 == "-A" && $2 !~ /^ZAPTRIA-/ && / -[jg] ZAPTRIA-/ { sub(/^-A/, "-D"); print }
    $1 == "-N" && $2 ~ /^ZAPTRIA-/ { chain[++n] = $2 }
    END { for (i = 1; i <= n; i++) print "-F " chain[i]; for (i = 1; i <= n; i++) print "-X " chain[i] }'
}

remove_iptables() {
  have "$1" && have "$1-restore" || return 0
  lines=$(cleared "$1")
  [ -n "$lines" ] || return 0
  printf '*filter\n%s\nCOMMIT\n' "$lines" | "$1-restore" -w 10 --noflush || fail "$1-restore could not remove the rules."
  # Made by us when Docker had not made it yet; Docker's own has content, and a jump to it keeps it.
  if [ "$("$1" -w 10 -S DOCKER-USER 2>/dev/null)" = '-N DOCKER-USER' ]; then "$1" -w 10 -X DOCKER-USER 2>/dev/null || :; fi
}

remove_nft() {
  have nft && nft list table inet zaptria >/dev/null 2>&1 || return 0
  nft delete table inet zaptria || fail 'nft could not remove the table inet zaptria.'
}
`

/** apply.sh, after its header and COMMON. Takes its rules from its own directory. */
export const APPLY = String.raw`
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)

# The host's resolvers. Behind a stub on loopback (systemd-resolved) are the real ones, which Docker gives to containers.
resolvers() {
  for file in /etc/resolv.conf /run/systemd/resolve/resolv.conf; do
    [ -r "$file" ] || continue
    found=$(awk '$1 == "nameserver" && $2 ~ /^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$/ && $2 !~ /^(0|127)\./ && !seen[$2]++ { print $2 }' "$file")
    [ -z "$found" ] || { printf '%s\n' "$found"; return 0; }
  done
}

# The rules with each line about @RESOLVER@ repeated for each resolver.
rules() {
  awk -v list="$dns" '
    BEGIN { n = split(list, resolver, " ") }
    !/@RESOLVER@/ { print; next }
    { for (i = 1; i <= n; i++) { line = $0; sub(/@RESOLVER@/, resolver[i], line); print line } }' "$here/$1"
}

# One transaction: the old rules go and the new ones come, or nothing changes.
apply_iptables() {
  tool=$1 file=$2
  shift 2
  have "$tool-restore" || fail "$tool-restore is missing beside $tool."
  old=$(cleared "$tool")
  new=$(rules "$file")
  parents='' jumps=''
  while [ $# -gt 0 ]; do
    [ "$1" != DOCKER-USER ] || "$tool" -w 10 -S DOCKER-USER >/dev/null 2>&1 || parents=':DOCKER-USER - [0:0]'
    jumps="$jumps-I $1 1 -j $2
"
    shift 2
  done
  printf '*filter\n%s\n%s\n%s\n%sCOMMIT\n' "$parents" "$old" "$new" "$jumps" | "$tool-restore" -w 10 --noflush ||
    fail "$tool-restore refused the rules; the rules from before are still in force."
}

apply_nft() {
  new=$(rules rules.nft)
  printf 'table inet zaptria\ndelete table inet zaptria\n%s\n' "$new" | nft -f - ||
    fail 'nft refused the rules; the rules from before are still in force.'
}

dns=$(resolvers | tr '\n' ' ')
# At boot the resolvers may not be known yet: then those from last time.
if [ -n "$dns" ]; then printf '%s\n' "$dns" >"$here/resolvers"; elif [ -r "$here/resolvers" ]; then dns=$(cat "$here/resolvers"); fi
`

/** Which backend: the one that Docker itself uses, because both then see the same chains. */
export const CHOOSE_BACKEND = String.raw`
docker_uses_nft() {
  have nft || return 1
  nft list tables 2>/dev/null | grep -q ' docker-bridges$' ||
    grep -Eq '"firewall-backend"[[:space:]]*:[[:space:]]*"nftables"' /etc/docker/daemon.json 2>/dev/null
}

choose_backend() {
  case $1 in
    iptables) have iptables || fail 'iptables is not installed. Debian, Ubuntu: apt install iptables' ;;
    nft) have nft || fail 'nft is not installed. Debian, Ubuntu: apt install nftables' ;;
  esac
  if [ "$1" != auto ]; then backend=$1
  elif have iptables && ! docker_uses_nft; then backend=iptables
  elif have nft; then backend=nft
  else fail 'Neither iptables nor nft is installed. Debian, Ubuntu: apt install iptables'
  fi
}
`
