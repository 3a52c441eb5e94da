#!/bin/sh
# Runs a command with nothing of this machine but its programs, without rights, and on its loopback a port that leads to the proxy's socket.
# Started in namespaces of its own: network, mounts, processes.
# jail.sh ROOT SOCKET PORT NODE PROGRAMS COMMAND...
set -eu
root=$1 socket=$2 port=$3 node=$4 programs=$5
shift 5

ip link set lo up
mount -t tmpfs none "$root"
for folder in bin sbin lib lib32 lib64 usr; do
  if [ -L "/$folder" ]; then
    cp -P "/$folder" "$root/$folder"
  elif [ -d "/$folder" ]; then
    mkdir "$root/$folder"
    mount --rbind "/$folder" "$root/$folder"
  fi
done
mkdir "$root/proc" "$root/dev" "$root/jail" "$root/tmp"
chmod 1777 "$root/tmp"
chmod 755 "$root"
for device in null zero random urandom; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
touch "$root/node" "$root/proxy.sock"
mount --bind "$node" "$root/node"
mount --bind "$socket" "$root/proxy.sock"
mount --bind "$programs" "$root/jail"
# Where the outer /proc is covered in part, the kernel gives no new one; then there is none.
mount -t proc none "$root/proc" 2>/dev/null || :

rights='--bounding-set=-all --inh-caps=-all --no-new-privs'
# In a user namespace of one user there is nobody else to become.
if grep -q 4294967295 /proc/self/uid_map; then
  rights="$rights --reuid=65534 --regid=65534 --clear-groups"
fi
# shellcheck disable=SC2086
chroot "$root" setpriv $rights /node /jail/relay.ts "$port" /proxy.sock &
# shellcheck disable=SC2086
exec chroot "$root" setpriv $rights "$@"
