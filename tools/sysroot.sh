#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# sysroot.sh ARCH: print the directory that has Debian's packages of that architecture, unpacked: what to compile and
# link against, and what the tests need in a guest of run-in-kernel.sh. It is made when it is missing, or was made by
# another version of this script, by apt with lists of its own: neither this machine's packages nor apt's lists change,
# and nobody needs to be root.
#
# Beside it, admin/ is for dpkg-shlibdeps, which asks dpkg for the package of a library by the library's path.
set -euo pipefail
. "$(dirname "$0")/private-apt.sh"

readonly cache=${KERNEL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kernels}
readonly needed="libc6-dev libbpf-dev libelf-dev zlib1g-dev libzstd-dev libncurses-dev libmicrohttpd-dev libseccomp-dev
	libsqlite3-dev libcurl4-gnutls-dev libpcap-dev check libasan8 libubsan1
	bpftool busybox-static curl ethtool gawk iproute2 jq lsb-base mount openssl procps tmux"

die() {
	echo "sysroot: $*" >&2
	exit 1
}

essential() {
	apt_with "$new/apt" apt-cache dumpavail | awk '/^Package:/ { name = $2 } /^Essential: yes/ { print name }' | sort -u
}

# The root is merged: /bin, /sbin and /lib are links into /usr, as on every newer Debian.
unpack() { # DEB: into the root, and into dpkg's data as if dpkg had installed it; no script of the package runs
	local name info=$new/root/var/lib/dpkg/info control=$new/control file
	name=$(dpkg-deb -f "$1" Package)
	dpkg-deb --fsys-tarfile "$1" | tar -x -C "$new/root" --keep-directory-symlink
	dpkg-deb --fsys-tarfile "$1" | tar -t | sed -E 's|^\./|/|; s|/$||; s|^$|/.|' >"$info/$name.list"
	rm -rf "$control"
	dpkg-deb -e "$1" "$control"
	sed '1a Status: install ok installed' "$control/control" >"$new/paragraph"
	echo >>"$new/paragraph"
	cat "$new/paragraph" >>"$new/root/var/lib/dpkg/status"
	[ -e "$control/shlibs" ] || return 0
	cat "$new/paragraph" >>"$new/admin/status"
	sed -nE "s|^(/usr)?/lib/|$dir/root/usr/lib/|p" "$info/$name.list" >"$new/admin/info/$name.list"
	for file in shlibs symbols; do
		[ ! -e "$control/$file" ] || cp "$control/$file" "$new/admin/info/$name.$file"
	done
}

# What the scripts of the packages would do, as far as anything here needs it.
complete() {
	local root=$new/root link to
	cp "$root/usr/share/base-passwd/passwd.master" "$root/etc/passwd"
	cp "$root/usr/share/base-passwd/group.master" "$root/etc/group"
	mkdir -p "$root/mnt"
	ln -s gawk "$root/usr/bin/awk"
	ln -s which.debianutils "$root/usr/bin/which"
	find "$root/usr/lib" -type l -lname '/*' -printf '%p %l\n' | while read -r link to; do
		ln -sfnr "$root$to" "$link" # or a cross compiler would look for it on this machine
	done
}

make_sysroot() {
	local name
	echo "sysroot: fetching and unpacking packages of $arch" >&2
	rm -rf "$new"
	mkdir -p "$new"/root/{usr/{bin,sbin,lib},var/lib/dpkg/{info,updates,triggers},tmp} "$new/admin"/{info,updates,triggers}
	for name in bin sbin lib; do
		ln -s "usr/$name" "$new/root/$name"
	done
	# shellcheck source=/dev/null
	apt_begin "$new/apt" "$arch" "$(. /etc/os-release && echo "$VERSION_CODENAME")"
	# shellcheck disable=SC2046,SC2086 # lists
	apt_with "$new/apt" apt-get install -y --no-install-recommends --download-only $(essential) $needed \
		>"$new/log" 2>&1 || die "cannot download the packages: $(tail -n 3 "$new/log")"
	for deb in "$new"/apt/cache/archives/*.deb; do
		unpack "$deb"
	done
	complete
	echo "$arch" | tee "$new/root/var/lib/dpkg/arch" >"$new/admin/arch"
	cp "$0" "$new/made-by"
	rm -rf "$new/apt" "$new/control" "$new/paragraph" "$new/log" "$dir"
	mv "$new" "$dir"
}

[ $# -eq 1 ] || die "usage: sysroot.sh ARCH"
readonly arch=$1 dir=$cache/sysroot-$1 new=$cache/sysroot-$1.new
mkdir -p "$cache"
exec {lock}>"$cache/lock-sysroot-$arch"
flock "$lock"
cmp -s "$0" "$dir/made-by" || make_sysroot
echo "$dir/root"
