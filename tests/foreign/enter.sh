#!/bin/sh
# enter.sh LIBRARIES ENTRY COMMAND…: runs a command where the programs of another kind of machine run as if they were
# this one's. Their libraries lie over /usr/lib; ENTRY, if not empty, is a line for binfmt_misc that names an emulator.
# All of it is in namespaces of its own and ends with the command: nothing of this machine changes.
set -eu
if [ "${1-}" != --inside ]; then
  exec unshare --user --map-root-user --mount -- "$0" --inside "$@"
fi
shift
mount -t overlay overlay -o "lowerdir=$1:/usr/lib" /usr/lib
if [ -n "$2" ]; then
  mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
  printf '%s' "$2" >/proc/sys/fs/binfmt_misc/register
fi
shift 2
exec "$@"
