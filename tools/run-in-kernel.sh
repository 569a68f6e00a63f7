#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# run-in-kernel.sh VERSION COMMAND...: run a command as root under another Linux kernel, in QEMU.
#
# The kernel is Debian's, fetched once by apt into $KERNEL_CACHE. The guest sees the files of this machine, but its
# changes stay in its memory; the current directory is the same. Nothing else of this machine is within its reach. The
# processor is emulated: a boot takes about 10 s, everything else 3 to 7 times as long as here.
#
# The exit status is that of the command; 125 if no such guest can run, 124 if it took more than GUEST_TIMEOUT_S, 123 if
# the guest ended before the command did, for example by a kernel panic.
set -euo pipefail

readonly cache=${KERNEL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kernels}
readonly timeout_s=${GUEST_TIMEOUT_S:-600} memory_mb=${GUEST_MEMORY_MB:-2048} processors=${GUEST_CPUS:-2}
readonly unable=125 broken=123 first_status=16 last_status=110 status_port=0xf4
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

# apt with lists and a cache of its own, so that those of the machine do not change.
apt_for() { # VERSION COMMAND...
	local state="$cache/apt-$1" tool=$2
	shift 2
	"$tool" -q -o "Dir::Etc::sourcelist=$state/sources.list" -o "Dir::Etc::sourceparts=$state/empty" \
		-o "Dir::State::Lists=$state/lists" -o "Dir::Cache=$state/cache" -o APT::Get::List-Cleanup=0 "$@"
}

write_sources() { # VERSION: the sources of this machine's packages, and those of the kernel
	local state="$cache/apt-$1" suite=${suites[$1]} uri
	# shellcheck disable=SC2016 # apt expands it
	uri=$(apt-get indextargets --format '$(REPO_URI)' | grep -m 1 '/debian/$') || die "apt knows no Debian archive"
	[[ $suite != *-security ]] || uri=${uri%debian/}debian-security/
	mkdir -p "$state"/{lists/partial,cache/archives/partial,empty}
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $suite main" >"$state/sources.list"
}

package_names() { # VERSION: the newest image; if image and modules are separate packages, both
	local image other
	image=$(apt_for "$1" apt-cache pkgnames "linux-image-$1" |
		grep -E "^linux-image-${1//./\\.}[.0-9]*[-+].*amd64\$" | grep -vE 'cloud|rt|dbg|unsigned' | sort -V | tail -n 1)
	[ -n "$image" ] || die "no package of Linux $1 in ${suites[$1]}"
	echo "$image"
	for other in modules binary; do
		! apt_for "$1" apt-cache show "${image/image/$other}" >/dev/null 2>&1 || echo "${image/image/$other}"
	done
}

fetch() { # VERSION: unpack the kernel's files into $cache/VERSION/tree
	local download=$scratch/download packages deb
	mkdir -p "$cache/$1" "$download"
	write_sources "$1"
	apt_for "$1" apt-get update >/dev/null 2>&1 || die "cannot read the package lists of ${suites[$1]}"
	packages=$(package_names "$1")
	# shellcheck disable=SC2086 # a list
	(cd "$download" && apt_for "$1" apt-get download $packages >/dev/null 2>&1) || die "cannot download" $packages
	rm -rf "$cache/$1/tree" "$cache/$1/tree.new"
	for deb in "$download"/*.deb; do
		dpkg -x "$deb" "$cache/$1/tree.new"
	done
	mv "$cache/$1/tree.new" "$cache/$1/tree"
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

# The guest's first process. It passes the command's status to QEMU by a write to an I/O port, which ends the machine.
write_init() { # TO
	cat >"$1" <<-INIT
		#!/bin/busybox sh
		b=/bin/busybox
		\$b mount -t proc proc /proc
		\$b mount -t sysfs sys /sys
		\$b mount -t devtmpfs dev /dev
		while read -r module; do \$b insmod /modules/\$module 2>/dev/null; done </modules/order
		\$b mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144,cache=loose,ro files /files
		\$b mount -t tmpfs memory /memory
		\$b mkdir /memory/new /memory/work /memory/root
		\$b mount -t overlay -o lowerdir=/files,upperdir=/memory/new,workdir=/memory/work root /memory/root ||
			echo "the guest sees no files"
		for directory in proc sys dev; do \$b mount --move /\$directory /memory/root/\$directory; done
		\$b mount -t tmpfs run /memory/root/run
		\$b mkdir -p /memory/root/dev/pts
		\$b mount -t devpts devpts /memory/root/dev/pts
		\$b ln -sfn /proc/self/fd /memory/root/dev/fd
		\$b mount -t bpf bpf /memory/root/sys/fs/bpf
		\$b cp /command /memory/root/run/command
		\$b ip link set lo up
		cd /memory/root && \$b mount --move . / # else its processes may make no user namespaces, as in any chroot
		\$b chroot . /bin/bash /run/command
		status=\$?
		\$b sleep 0.2
		\$b printf "\\\\x\$(\$b printf %x \$((status > $last_status ? $first_status + $last_status : $first_status + status)))" |
			\$b dd of=dev/port bs=1 seek=$((status_port)) 2>/dev/null
	INIT
	chmod +x "$1"
}

make_initramfs() { # VERSION TO COMMAND...
	local version=$1 to=$2 root=$scratch/root
	shift 2
	mkdir -p "$root"/{bin,proc,sys,dev,files,memory,modules}
	cp "$(command -v busybox)" "$root/bin/busybox"
	copy_modules "$cache/$version/tree" "$root/modules"
	write_init "$root/init"
	{
		echo "export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb"
		printf 'cd %q || exit\n' "$PWD"
		printf '%q ' "$@"
	} >"$root/command"
	(cd "$root" && find . | cpio -o -H newc --quiet | gzip -1) >"$to"
}

# The simplest processor is the fastest to emulate. The kernel prints only alerts. When this script ends, QEMU ends too.
boot() { # VERSION INITRAMFS
	local kernel
	kernel=$(find "$cache/$1/tree" -type f -name 'vmlinuz*' -print -quit)
	setpriv --pdeathsig TERM timeout --foreground "$timeout_s" qemu-system-x86_64 -accel tcg,thread=multi -cpu qemu64 \
		-smp "$processors" -m "$memory_mb" -nodefaults -no-user-config -display none -serial stdio -monitor none \
		-no-reboot -kernel "$kernel" -initrd "$2" \
		-append "console=ttyS0 loglevel=2 panic=-1 nokaslr mitigations=off no_timer_check" \
		-device "isa-debug-exit,iobase=$status_port,iosize=1" \
		-fsdev local,id=files,path=/,security_model=none,readonly=on,multidevs=remap \
		-device virtio-9p-pci,fsdev=files,mount_tag=files </dev/null 2>&1 |
		sed -u 's/\r//g; s/\x1bc//g; s/\x1b\[[?0-9;]*[A-Za-z]//g; /^SeaBIOS /d; s/^Booting from ROM\.*//'
	return "${PIPESTATUS[0]}"
}

[ $# -ge 2 ] || die "usage: run-in-kernel.sh VERSION COMMAND...; VERSION is one of ${!suites[*]}"
[ -n "${suites[$1]-}" ] || die "no kernel '$1'; there are ${!suites[*]}"
for tool in qemu-system-x86_64 busybox cpio modprobe xz zstd; do
	command -v $tool >/dev/null || die "there is no $tool; tools/install-deps.sh kernels installs it"
done
version=$1
shift
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$cache"
exec {lock}>"$cache/lock-$version"
flock "$lock"
[ -d "$cache/$version/tree" ] || fetch "$version"
make_initramfs "$version" "$scratch/initramfs" "$@"
flock -u "$lock"
status=0
boot "$version" "$scratch/initramfs" || status=$?
[ "$status" -ne 124 ] || {
	echo "run-in-kernel: Linux $version took more than $timeout_s s" >&2
	exit 124
}
[ $((status % 2)) -eq 1 ] && [ $status -ge $((2 * first_status)) ] && exit $((status / 2 - first_status))
echo "run-in-kernel: Linux $version ended before the command did; QEMU's status is $status" >&2
exit $broken
