#!/bin/sh
# Installs what the tests call and this machine lacks: on Debian and its kin as root, or in CI with a sudo that asks nothing.
# Elsewhere it says what is missing; the tests of that are then skipped, but never in CI, where this ends with 1.
# install-test-programs.sh "NAME… PACKAGE"…: these in place of what all tests call.
set -u

# Alternatives, the best first, and the package of Debian that has the first of them.
PROGRAMS='
chromium|chromium-browser|google-chrome chromium
curl curl
fish fish
groff groff
jq jq
mandoc mandoc
minisign minisign
openssl openssl
pgrep procps
python3 python3-venv
shellcheck shellcheck
unzip unzip
wget wget
xxd xxd
zsh zsh
'
LINUX_PROGRAMS='
ip iproute2
nsenter util-linux
runsv runit
supervisord supervisor
systemd-analyze systemd
unshare util-linux
'

[ "$(uname -s)" = Linux ] && PROGRAMS="$PROGRAMS$LINUX_PROGRAMS"
[ $# -eq 0 ] || PROGRAMS=$(printf '%s\n' "$@")

main() {
  missing=$(list_packages)
  [ -n "$missing" ] || exit 0
  as_root=$(find_way_to_root) && install_packages && missing=$(list_packages)
  [ -n "$missing" ] || exit 0
  echo "tests need programs that this machine lacks; on Debian or Ubuntu: sudo apt-get install $missing" >&2
  is_ci && exit 1
  exit 0
}

# The packages of what is missing, in one line.
list_packages() {
  echo "$PROGRAMS" | while read -r names package; do
    [ -z "$names" ] || has_one_of "$names" || echo "$package"
  done | sort -u | paste -s -d ' ' -
}

has_one_of() {
  for name in $(echo "$1" | tr '|' ' '); do
    command -v "$name" >/dev/null && return 0
  done
  return 1
}

# What stands before a command that only root may call; fails where this machine is not ours to change.
find_way_to_root() {
  command -v apt-get >/dev/null || return 1
  [ "$(id -u)" -ne 0 ] || return 0
  is_ci && sudo -n true 2>/dev/null && echo sudo
}

# The output is shown only where it failed.
install_packages() {
  echo "installing what the tests call: $missing"
  # shellcheck disable=SC2086 # each package a word, and no word for root
  said=$($as_root apt-get update -qq 2>&1 &&
    $as_root env DEBIAN_FRONTEND=noninteractive \
      apt-get install -qq -y --no-install-recommends --no-upgrade $missing 2>&1) && return 0
  echo "$said" >&2
  return 1
}

is_ci() {
  case ${CI-} in '' | 0 | false) return 1 ;; esac
}

main
