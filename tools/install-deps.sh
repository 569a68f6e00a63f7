#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# install-deps.sh [build] [demo] [test] [bench] [fuzz] [deb] [lint] [kernels]: install the Debian packages that these need and that are missing.
set -euo pipefail

declare -A packages=(
	[build]="make gcc libc6-dev clang bpftool libbpf-dev libelf-dev zlib1g-dev libpcap-dev libncurses-dev pkg-config scdoc"
	[demo]="iproute2 jq procps"
	[test]="check iproute2 jq procps util-linux tmux zsh fish libclang-rt-dev man-db"
	[fuzz]="check libclang-rt-dev llvm"
	[bench]="conntrack"
	[deb]="debhelper dpkg-dev fakeroot lintian scdoc"
	[lint]="clang-format clang-tidy cppcheck shellcheck"
	[kernels]="qemu-system-x86 busybox-static cpio kmod xz-utils zstd ethtool"
)

die() {
	echo "install-deps: $*" >&2
	exit 1
}

installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

[ $# -gt 0 ] || set -- build
wanted=()
for group in "$@"; do
	[ -n "${packages[$group]-}" ] || die "no group '$group'; there are: ${!packages[*]}"
	read -ra names <<<"${packages[$group]}"
	wanted+=("${names[@]}")
done

command -v dpkg-query >/dev/null ||
	die "this is not a Debian; please install what provides: ${wanted[*]}"

missing=()
for name in "${wanted[@]}"; do
	installed "$name" || [[ " ${missing[*]-} " == *" $name "* ]] || missing+=("$name")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null || die "must be root to install: ${missing[*]}"
	as_root=(sudo)
fi
echo "install-deps: installing ${missing[*]}"
"${as_root[@]}" apt-get update -q >/dev/null ||
	echo "install-deps: 'apt-get update' failed; trying with the package lists that are there" >&2
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
	apt-get install -qy --no-install-recommends "${missing[@]}" >/dev/null ||
	die "could not install: ${missing[*]}"
