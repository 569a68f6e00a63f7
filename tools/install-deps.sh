#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# install-deps.sh [build] [demo] [test] [bench] [fuzz] [deb] [sudo] [web] [lint] [kernels] [arm64] [clang]: install the
# missing Debian packages that these need; `arm64` is for ARCH=arm64, `clang` for CLANG=clang-N. If another process
# holds the locks of apt or dpkg, as unattended-upgrades does for minutes after a machine's first boot, wait up to
# $APT_WAIT_S seconds.
set -euo pipefail
readonly wait_s=${APT_WAIT_S:-600}

declare -A packages=(
	[build]="make gcc libc6-dev clang bpftool libbpf-dev libelf-dev zlib1g-dev libzstd-dev libncurses-dev libmicrohttpd-dev libseccomp-dev libsqlite3-dev pkg-config scdoc gettext"
	[demo]="iproute2 jq procps"
	[test]="check clickhouse-server curl kcat libpcap-dev iproute2 jq procps python3-jsonschema util-linux tmux zsh fish libclang-rt-dev man-db openssl prometheus victoria-metrics
		nfdump pmacct rsyslog-kafka tshark"
	[fuzz]="check jq libclang-rt-dev llvm zstd"
	[bench]="conntrack"
	[deb]="debhelper dpkg-dev fakeroot lintian scdoc"
	[sudo]="sudo"
	[web]="chromium"
	[lint]="clang-format clang-tidy cppcheck shellcheck"
	[arm64]="gcc-aarch64-linux-gnu qemu-system-arm qemu-user"
	[kernels]="qemu-system-x86 busybox-static cpio kmod xz-utils zstd ethtool"
)
# Only the headers of libcurl are needed, and the packages that have them conflict. The library is loaded when it is
# used; it is the one with GnuTLS, because OpenSSL 3 must not be linked with GPL-2.0-only.
compgen -G '/usr/include/*/curl/curl.h' >/dev/null || packages[build]+=" libcurl4-gnutls-dev"
command -v npm >/dev/null || packages[web]+=" nodejs npm" # other packages of Node.js contain npm, and conflict with Debian's
[[ ! ${CLANG-} =~ ^clang-([0-9]+)$ ]] || packages[clang]="$CLANG libclang-rt-${BASH_REMATCH[1]}-dev llvm-${BASH_REMATCH[1]}"

die() {
	echo "install-deps: $*" >&2
	exit 1
}

installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

apt() { # ARGUMENT...: run apt-get when its locks are free. DPkg::Lock::Timeout does not cover `update`.
	local lock process waiting_for='' end=$((SECONDS + wait_s))
	until "${as_root[@]}" env LC_ALL=C DEBIAN_FRONTEND=noninteractive apt-get "$@" >/dev/null 2>"$errors"; do
		lock=$(sed -nE 's/^E: Could not get lock ([^ ]*[^ .]).*/\1/p; T; q' "$errors")
		process=$(sed -nE 's/.*It is held by (process .*[^.])\.*$/\1/p; T; q' "$errors")
		process=${process:-another process}
		[ -n "$lock" ] || {
			cat "$errors" >&2
			return 1
		}
		[ "$SECONDS" -lt "$end" ] ||
			die "$process still holds $lock after $wait_s s; please try again when it has ended"
		[ "$process" = "$waiting_for" ] ||
			echo "install-deps: waiting up to $wait_s s for $process, which holds $lock" >&2
		waiting_for=$process
		sleep 1
	done
}

# The packages of servers start them when they are installed, unless this file says no.
no_services() {
	local policy=/usr/sbin/policy-rc.d
	[ ! -e "$policy" ] || return 0
	trap 'rm -f "$errors"; "${as_root[@]}" rm -f /usr/sbin/policy-rc.d' EXIT
	printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
	"${as_root[@]}" chmod 755 "$policy"
}

[ $# -gt 0 ] || set -- build
wanted=()
for group in "$@"; do
	[ -n "${packages[$group]-}" ] || die "no group '$group'; there are: ${!packages[*]}"
	read -rd '' -a names <<<"${packages[$group]}" || true # to the end, not only to that of the first line
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
	command -v sudo >/dev/null || die "only root can install what is missing: ${missing[*]}"
	as_root=(sudo)
fi
echo "install-deps: installing ${missing[*]}"
errors=$(mktemp)
trap 'rm -f "$errors"' EXIT
apt update -q || echo "install-deps: 'apt-get update' failed; trying with the existing package lists" >&2
no_services
apt install -qy --no-install-recommends "${missing[@]}" || die "could not install: ${missing[*]}"
