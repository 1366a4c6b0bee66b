#!/bin/sh
# Installs wpdaemon from a folder or an address that holds a release. Only the last line runs anything, and only whole: of a
# download that breaks off, nothing runs.

# The public key of the release's owner, as minisign -P takes it; `make release-key` puts it here. There is none yet.
release_key=''

main() {
  set -eu
  from='' version='' prefix='' is_signed=yes
  while [ $# -gt 0 ]; do
    case $1 in
      -h | --help) show_help && exit 0 ;;
      --unsigned) is_signed=no && shift ;;
      --from | --version | --prefix | --key)
        [ -n "${2-}" ] || fail "$1 needs a value" "install.sh --help explains it"
        case $1 in
          --from) from=$2 ;;
          --version) version=${2#v} ;;
          --prefix) prefix=$2 ;;
          --key) release_key=$2 ;;
        esac
        shift 2
        ;;
      *) fail "unknown argument \"$1\"" "install.sh --help lists the known ones" ;;
    esac
  done
  choose_source
  choose_prefix
  machine=$(name_machine)

  unpacked=''
  work=$(mktemp -d) || fail "no temporary folder can be made"
  trap clean_up EXIT
  trap 'exit 1' HUP INT TERM
  get SHA256SUMS
  [ "$is_signed" = no ] || check_signature
  [ -n "$version" ] || version=$(find_version)
  name=wpdaemon-$version-$machine
  expected=$(awk -v name="$name.tar.gz" '$2 == name || $2 == "*" name { print $1 }' "$work/SHA256SUMS")
  [ -n "$expected" ] || fail "there is no $name.tar.gz in $from" "its SHA256SUMS lists what there is"
  get "$name.tar.gz"
  check "$name.tar.gz" "$expected"
  tar -xzf "$work/$name.tar.gz" -C "$work" || fail "$name.tar.gz cannot be unpacked"
  unpacked=$work/$name

  each_file stage
  said=$("$prefix/bin/.wpdaemon.$$" --version) || fail "the program does not run on this machine, $machine"
  each_file publish
  printf 'installed %s:\n' "$said"
  each_file show
  case :${PATH-}: in
    *":$prefix/bin:"*) printf '%s is on your PATH\n' "$prefix/bin" ;;
    *) printf '%s\n' "$prefix/bin is not on your PATH" "  → add it: export PATH=\"$prefix/bin:\$PATH\"" ;;
  esac
}

show_help() {
  cat <<'END'
Usage: install.sh [--from FOLDER_OR_URL] [--version VERSION] [--prefix FOLDER]
                  [--key KEY | --unsigned]

  --from FOLDER_OR_URL  where the archives and SHA256SUMS are; the folder of this script
                        if they lie there. There is no default address yet.
  --version VERSION     the one that SHA256SUMS lists
  --prefix FOLDER       ~/.local; the program goes into its bin, manual and completions
                        into its share

  --key KEY             the public key of the release, where you have it from elsewhere
                        than this script
  --unsigned            install what nobody has signed, as what you have built yourself

Nothing is unpacked before the signature of SHA256SUMS and the SHA-256 of the archive are
found right. The signature is checked with minisign, or else with OpenSSL 3.
END
}

fail() {
  printf 'install.sh: %s\n' "$1" >&2
  [ -z "${2-}" ] || printf '  → %s\n' "$2" >&2
  exit 1
}

# Without encryption only from this very machine, where nobody is on the way.
choose_source() {
  if [ -z "$from" ]; then
    from=$(dirname "$0")
    if [ ! -f "$0" ] || [ ! -f "$from/SHA256SUMS" ]; then
      fail "there is no release beside this script, and no default address to fetch one from yet" \
        "name a folder or an address: --from FOLDER_OR_URL"
    fi
  fi
  case $from in
    https://*) protocols='=https' ;;
    http://*)
      host=${from#http://}
      host=${host%%[/?#]*}
      case ${host##*:} in
        '' | *[!0-9]*) ;;
        *) host=${host%:*} ;;
      esac
      case $host in
        127.0.0.1 | localhost | '[::1]') ;;
        *) fail "$from would be fetched without encryption" "use https://" ;;
      esac
      protocols='=http'
      ;;
    *://*) fail "$from is neither a folder nor an https:// address" ;;
    *) [ -d "$from" ] || fail "there is no folder $from" ;;
  esac
  from=${from%/}
}

choose_prefix() {
  if [ -z "$prefix" ]; then
    [ -n "${HOME-}" ] || fail "HOME is not set" "name a folder: --prefix FOLDER"
    prefix=$HOME/.local
  fi
  case $prefix in
    /*) ;;
    *) prefix=$PWD/$prefix ;;
  esac
  prefix=${prefix%/}
}

# As the archives are named: system, processor, and musl where that is the C library.
name_machine() {
  system=$(uname -s)
  processor=$(uname -m)
  case $processor in
    x86_64 | amd64) arch=x64 ;;
    aarch64 | arm64) arch=arm64 ;;
    *) fail "there is no wpdaemon for the processor $processor" "there is one for x86_64 and one for arm64" ;;
  esac
  case $system in
    Linux) if has_musl; then printf 'linux-%s-musl\n' "$arch"; else printf 'linux-%s\n' "$arch"; fi ;;
    Darwin)
      # A translated shell tells of another processor than there is.
      if [ "$(sysctl -n sysctl.proc_translated 2>/dev/null)" = 1 ]; then arch=arm64; fi
      printf 'darwin-%s\n' "$arch"
      ;;
    *) fail "there is no wpdaemon for the system $system" "there is one for Linux and one for macOS" ;;
  esac
}

# The loader of musl may lie on a machine of glibc as well, so ldd is asked first.
has_musl() {
  case $(ldd --version 2>&1 || true) in
    *musl*) return 0 ;;
    *GNU* | *GLIBC* | *"Free Software Foundation"*) return 1 ;;
  esac
  for loader in /lib/ld-musl-*; do
    if [ -e "$loader" ]; then return 0; fi
  done
  return 1
}

find_version() {
  found=$(awk -v tail="-$machine.tar.gz" '
    { name = $2; sub(/^\*/, "", name); start = length(name) - length(tail) }
    index(name, "wpdaemon-") == 1 && start > 9 && substr(name, start + 1) == tail { print substr(name, 10, start - 9) }
  ' "$work/SHA256SUMS")
  case $found in
    '') fail "there is no wpdaemon for $machine in $from" ;;
    *[!0-9A-Za-z.+-]*) fail "there are several versions in $from" "choose one: --version VERSION" ;;
  esac
  printf '%s\n' "$found"
}

# The second word says what to do where it fails.
get() {
  case $from in
    http://* | https://*) download "$from/$1" "$work/$1" || fail "$from/$1 cannot be downloaded" "${2-}" ;;
    *) cp "$from/$1" "$work/$1" || fail "$from/$1 cannot be read" "${2-}" ;;
  esac
}

download() {
  if command -v curl >/dev/null 2>&1; then
    curl -fsSL --proto "$protocols" --proto-redir '=https' -o "$2" "$1"
  elif is_gnu_wget; then
    download_with_wget "$1" "$2"
  else
    fail "there is neither curl nor GNU wget to download with" "install curl, or fetch the release yourself and name its folder: --from FOLDER"
  fi
}

# Others, such as that of BusyBox, may not check certificates, and cannot be kept from following a redirect.
is_gnu_wget() {
  case $(wget --version 2>/dev/null || true) in 'GNU Wget'*) return 0 ;; esac
  return 1
}

# wget itself would follow a redirect to http://, so each step is taken here.
download_with_wget() {
  address=$1
  for _ in 1 2 3 4 5; do
    said=$(LC_ALL=C wget -q --server-response --max-redirect=0 -O "$2" "$address" 2>&1) && return 0
    next=$(printf '%s\n' "$said" | awk 'tolower($1) == "location:" { found = $2 } END { print found }')
    case $next in
      '') break ;;
      https://*) address=$next ;;
      /*) address=$(printf '%s\n' "$address" | awk -F/ '{ print $1 "//" $3 }')$next ;;
      *) fail "$address leads to $next, which is not encrypted" ;;
    esac
  done
  printf '%s\n' "$said" >&2
  return 1
}

# Whoever may write to where the release is could change its checksums as well, but has not the key of its owner.
check_signature() {
  [ -n "$release_key" ] || fail "releases are not signed yet: this script has no key to check one with" \
    "name the key: --key KEY; or trust $from as it is: --unsigned"
  get SHA256SUMS.minisig "without a signature a release is installed with --unsigned alone, trusting $from as it is"
  if command -v minisign >/dev/null 2>&1; then
    minisign -V -q -P "$release_key" -m "$work/SHA256SUMS" -x "$work/SHA256SUMS.minisig" >&2 || reject_signature
  elif is_openssl_3; then
    verify_with_openssl || reject_signature
  else
    fail "there is neither minisign nor OpenSSL 3 to check the signature with" "install minisign, or trust $from as it is: --unsigned"
  fi
}

reject_signature() {
  fail "SHA256SUMS is not signed by the release's owner, whose key is $release_key" "nothing was installed; fetch the release elsewhere"
}

is_openssl_3() {
  case $(openssl version 2>/dev/null || true) in 'OpenSSL '[3-9]* | 'OpenSSL '[1-9][0-9]*) return 0 ;; esac
  return 1
}

# minisign's format: two letters, the number of the key, 64 bytes over the BLAKE2b-512 of the file; then 64 over those and the
# comment. OpenSSL takes the key with the head of RFC 8410.
verify_with_openssl() {
  decode "$release_key" key 42 && decode_line 2 signature 74 && decode_line 4 comment_signature 64 || return 1
  [ "$(head -c 2 "$work/signature")" = ED ] || return 1
  [ "$(head -c 10 "$work/signature" | tail -c 8 | od -A n -t x1)" = "$(head -c 10 "$work/key" | tail -c 8 | od -A n -t x1)" ] || return 1
  { printf '\060\052\060\005\006\003\053\145\160\003\041\000' && tail -c 32 "$work/key"; } >"$work/key.der"
  openssl dgst -blake2b512 -binary "$work/SHA256SUMS" >"$work/digest" || return 1
  tail -c 64 "$work/signature" >"$work/plain_signature"
  comment=$(sed -n '3s/^trusted comment: //p' "$work/SHA256SUMS.minisig")
  { cat "$work/plain_signature" && printf '%s' "$comment"; } >"$work/commented"
  verify_one digest plain_signature && verify_one commented comment_signature
}

decode_line() {
  decode "$(sed -n "$1p" "$work/SHA256SUMS.minisig")" "$2" "$3"
}

decode() {
  printf '%s' "$1" | openssl base64 -d -A >"$work/$2" 2>/dev/null && [ "$(wc -c <"$work/$2")" -eq "$3" ]
}

verify_one() {
  openssl pkeyutl -verify -pubin -keyform DER -inkey "$work/key.der" -rawin -in "$work/$1" -sigfile "$work/$2" >/dev/null 2>&1
}

check() {
  if command -v sha256sum >/dev/null 2>&1; then
    sum=$(sha256sum "$work/$1")
  elif command -v shasum >/dev/null 2>&1; then
    sum=$(shasum -a 256 "$work/$1")
  else
    fail "there is neither sha256sum nor shasum to check the archive with"
  fi
  sum=${sum%% *}
  [ "$sum" = "$2" ] || fail "$1 is not what SHA256SUMS says: its SHA-256 is $sum, and should be $2" \
    "nothing was installed; fetch the release anew"
}

# Calls a function for each file: where it lies in the archive, folder below the prefix, name, mode.
each_file() {
  "$1" wpdaemon bin wpdaemon 755
  "$1" man/wpdaemon.1 share/man/man1 wpdaemon.1 644
  "$1" completions/wpdaemon.bash share/bash-completion/completions wpdaemon 644
  "$1" completions/_wpdaemon share/zsh/site-functions _wpdaemon 644
  "$1" completions/wpdaemon.fish share/fish/vendor_completions.d wpdaemon.fish 644
}

# Beside its place, so that it takes that in one step; a running program keeps the file that it was started from.
stage() {
  mkdir -p "$prefix/$2" || fail "the folder $prefix/$2 cannot be made"
  cp "$unpacked/$1" "$prefix/$2/.$3.$$" || fail "$prefix/$2 cannot be written, or $1 is missing from the archive"
  chmod "$4" "$prefix/$2/.$3.$$"
}

publish() {
  mv -f "$prefix/$2/.$3.$$" "$prefix/$2/$3" || fail "$prefix/$2/$3 cannot be replaced"
}

show() {
  printf '  %s\n' "$prefix/$2/$3"
}

discard() {
  rm -f "$prefix/$2/.$3.$$"
}

clean_up() {
  [ -z "$unpacked" ] || each_file discard
  rm -rf "$work"
}

{ main "$@"; }
