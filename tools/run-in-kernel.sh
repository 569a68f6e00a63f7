#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# run-in-kernel.sh VERSION COMMAND...: run a command as root under another Linux kernel, in QEMU. VERSION-16k has pages
# of 16 KiB, which only arm64 has.
#
# The kernel is Debian's, fetched once by apt into $KERNEL_CACHE. The guest sees the files of this machine, but its
# changes stay in its memory; the current directory is the same. Nothing else of this machine is within its reach. The
# processor is emulated: a boot takes about 10 s, everything else 3 to 7 times as long as here.
#
# With ARCH=arm64, on another machine, its processor is an arm64 ($GUEST_CPU says which), and its files are those of
# sysroot.sh, and the current directory.
#
# The exit status is that of the command; 125 if no such guest can run, 124 if it took more than GUEST_TIMEOUT_S, 123 if
# the guest ended before the command did, for example by a kernel panic.
set -euo pipefail
tools=$(dirname "$(realpath "$0")")
. "$tools/private-apt.sh"

native=$(dpkg --print-architecture)
readonly arch=${ARCH:-$native}
readonly cache=${KERNEL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kernels}
readonly timeout_s=${GUEST_TIMEOUT_S:-600} memory_mb=${GUEST_MEMORY_MB:-2048} processors=${GUEST_CPUS:-2}
readonly unable=125 broken=123
# The guest's access to its files, the links and traffic control that tests use, the sockets that `ss` asks for, and the
# owners of sockets.
readonly modules=(virtio_pci 9pnet_virtio 9p overlay veth dummy tun 8021q sch_netem sch_ingress cls_bpf act_bpf
	af_packet inet_diag tcp_diag unix_diag)
declare -A suites=(
	[5.10]=bullseye-security
	[6.1]=bookworm
	[6.12]=bookworm-backports
	[6.18]=trixie-backports
	[7.2]=sid
)

die() {
	echo "run-in-kernel: $*" >&2
	exit $unable
}

package_names() { # VERSION: the newest image; if image and modules are separate packages, both
	local image other version=${1%-16k} pages
	pages=${1#"$version"}
	image=$(apt_with "$apt" apt-cache pkgnames "linux-image-$version" |
		grep -E "^linux-image-${version//./\\.}[.0-9]*[-+].*$arch$pages\$" | grep -vE 'cloud|rt|dbg|unsigned' |
		sort -V | tail -n 1)
	[ -n "$image" ] || die "no package of Linux $1 for $arch in ${suites[$version]}"
	echo "$image"
	for other in modules binary; do
		! apt_with "$apt" apt-cache show "${image/image/$other}" >/dev/null 2>&1 || echo "${image/image/$other}"
	done
}

fetch() { # VERSION: unpack the kernel's files into $kernel/tree
	local download=$scratch/download apt=$scratch/apt packages deb
	mkdir -p "$kernel" "$download"
	apt_begin "$apt" "$arch" "${suites[${1%-16k}]}"
	packages=$(package_names "$1")
	# shellcheck disable=SC2086 # a list
	(cd "$download" && apt_with "$apt" apt-get download $packages >/dev/null 2>&1) || die "cannot download" $packages
	rm -rf "$kernel/tree" "$kernel/tree.new"
	for deb in "$download"/*.deb; do
		dpkg -x "$deb" "$kernel/tree.new"
	done
	mv "$kernel/tree.new" "$kernel/tree"
}

unpacked() { # FILE: a module, uncompressed
	case $1 in
	*.xz) xz -dc "$1" ;;
	*.zst) zstd -qdc "$1" ;;
	*) cat "$1" ;;
	esac
}

copy_modules() { # KERNEL-TREE TO: with their dependencies, and the order of loading
	local directory release base file name module
	directory=$(find "$1" -maxdepth 4 -type d -path '*lib/modules' -print -quit)
	release=$(find "$directory" -mindepth 1 -maxdepth 1 -printf '%f')
	base=${directory%/lib/modules}
	[ -s "$directory/$release/modules.dep.bin" ] || depmod -b "$base" "$release" 2>/dev/null || true
	for module in "${modules[@]}"; do
		modprobe -d "$base" -S "$release" --show-depends "$module" 2>/dev/null || true # fails if built in
	done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' | while read -r file; do
		name=${file##*/}
		name=${name%%.*}
		unpacked "$file" >"$2/$name"
		echo "$name" >>"$2/order"
	done
}

# The guest's first process. It writes the command's status into a directory that QEMU shares, and ends the machine.
# $root is where the guest's files are among those of this machine.
write_init() { # TO
	cat >"$1" <<-INIT
		#!/bin/busybox sh
		b=/bin/busybox
		\$b mount -t proc proc /proc
		\$b mount -t sysfs sys /sys
		\$b mount -t devtmpfs dev /dev
		while read -r module; do \$b insmod /modules/\$module 2>/dev/null; done </modules/order
		\$b mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144,cache=loose,ro files /files
		\$b mount -t 9p -o trans=virtio,version=9p2000.L status /status
		\$b mount -t tmpfs memory /memory
		over() { # LOWER ON: what is written there stays in memory
			\$b mkdir -p /memory/new\$2 /memory/work\$2 /memory/root\$2
			\$b mount -t overlay -o lowerdir=\$1,upperdir=/memory/new\$2,workdir=/memory/work\$2 root /memory/root\$2 ||
				echo "the guest sees no files"
		}
		. /over
		for directory in proc sys dev; do \$b mount --move /\$directory /memory/root/\$directory; done
		\$b mount -t tmpfs run /memory/root/run
		\$b mkdir -p /memory/root/dev/pts
		\$b mount -t devpts devpts /memory/root/dev/pts
		\$b ln -sfn /proc/self/fd /memory/root/dev/fd
		\$b mount -t bpf bpf /memory/root/sys/fs/bpf
		\$b mkdir /memory/root/run/guest
		\$b mount --move /status /memory/root/run/guest
		\$b cp /command /memory/root/run/command
		\$b ip link set lo up
		cd /memory/root && \$b mount --move . / # else its processes may make no user namespaces, as in any chroot
		\$b chroot . /bin/bash /run/command
		status=\$?
		\$b sleep 0.2
		echo \$status >run/guest/status
		\$b reboot -f
	INIT
	chmod +x "$1"
}

make_initramfs() { # TO COMMAND...
	local to=$1 root=$scratch/root
	shift
	mkdir -p "$root"/{bin,proc,sys,dev,files,status,memory,modules}
	cp "$files/$busybox" "$root/bin/busybox"
	copy_modules "$kernel/tree" "$root/modules"
	write_init "$root/init"
	{
		printf 'over %q ""\n' "/files$files"
		[ -z "$files" ] || printf 'over %q %q\n' "/files$PWD" "$PWD"
	} >"$root/over"
	{
		echo "export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb"
		printf 'cd %q || exit\n' "$PWD"
		printf '%q ' "$@"
	} >"$root/command"
	(cd "$root" && find . | cpio -o -H newc --quiet | gzip -1) >"$to"
}

# On amd64 the simplest processor is the fastest to emulate; on arm64 it is the oldest one whose machines are in use,
# but that one has no pages of 16 KiB.
machine() { # VERSION: sets $machine to QEMU's arguments, and $console to the kernel's
	local oldest=cortex-a72
	[[ $1 != *-16k ]] || oldest=neoverse-n1
	case $arch in
	amd64)
		machine=(qemu-system-x86_64 -cpu "${GUEST_CPU:-qemu64}")
		console="console=ttyS0 no_timer_check"
		;;
	arm64)
		machine=(qemu-system-aarch64 -M virt -cpu "${GUEST_CPU:-$oldest}")
		console="console=ttyAMA0"
		;;
	*) die "no guest of $arch: only amd64 and arm64" ;;
	esac
}

# The kernel prints only alerts. When this script ends, QEMU ends too.
boot() { # INITRAMFS SHARED
	local image
	image=$(find "$kernel/tree" -type f -name 'vmlinuz*' -print -quit)
	setpriv --pdeathsig TERM timeout --foreground "$timeout_s" "${machine[@]}" -accel tcg,thread=multi \
		-smp "$processors" -m "$memory_mb" -nodefaults -no-user-config -display none -serial stdio -monitor none \
		-no-reboot -kernel "$image" -initrd "$1" \
		-append "$console loglevel=2 panic=-1 nokaslr mitigations=off" \
		-fsdev local,id=files,path=/,security_model=none,readonly=on,multidevs=remap \
		-device virtio-9p-pci,fsdev=files,mount_tag=files \
		-fsdev local,id=status,path="$2",security_model=none \
		-device virtio-9p-pci,fsdev=status,mount_tag=status </dev/null 2>&1 |
		sed -u 's/\r//g; s/\x1bc//g; s/\x1b\[[?0-9;]*[A-Za-z]//g; /^SeaBIOS /d; /\] reboot: Restarting system$/d; s/^Booting from ROM\.*//'
	return "${PIPESTATUS[0]}"
}

[ $# -ge 2 ] || die "usage: run-in-kernel.sh VERSION COMMAND...; VERSION is one of ${!suites[*]}"
[ -n "${suites[${1%-16k}]-}" ] || die "no kernel '$1'; there are ${!suites[*]}"
machine "$1"
for tool in "${machine[0]}" busybox cpio modprobe xz zstd; do
	command -v "$tool" >/dev/null || die "there is no $tool; tools/install-deps.sh kernels installs it"
done
version=$1 kernel=$cache/$1 files='' busybox=$(command -v busybox)
shift
if [ "$arch" != "$native" ]; then
	kernel=$cache/$version-$arch
	files=$(realpath "$("$tools/sysroot.sh" "$arch")") || die "there are no files for a guest of $arch"
	busybox=bin/busybox
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$cache" "$scratch/shared"
exec {lock}>"$cache/lock-${kernel##*/}"
flock "$lock"
[ -d "$kernel/tree" ] || fetch "$version"
make_initramfs "$scratch/initramfs" "$@"
flock -u "$lock"
status=0
boot "$scratch/initramfs" "$scratch/shared" || status=$?
[ "$status" -ne 124 ] || {
	echo "run-in-kernel: Linux $version took more than $timeout_s s" >&2
	exit 124
}
[ ! -s "$scratch/shared/status" ] || exit "$(<"$scratch/shared/status")"
echo "run-in-kernel: Linux $version ended before the command did; QEMU's status is $status" >&2
exit $broken
