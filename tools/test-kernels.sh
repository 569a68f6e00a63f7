#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# test-kernels.sh [VERSION...]: run all BPF tests, and those system tests that depend on the kernel, under other kernels
# in QEMU; check also that a kernel that is too old is refused. The default is all kernels. `make test-kernels` builds
# what this runs. There are as many guests at a time as processors, or $GUESTS.
#
# With ARCH=arm64, on another machine, they are kernels of that architecture, and the package is tested there, too.
#
# A kernel that cannot be tested here, because it or QEMU is missing, is reported as skipped. In a guest nothing may be
# skipped: these kernels have everything that the tests need.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
export BUILD=${BUILD:-build} LC_ALL=C.UTF-8

native=$(dpkg --print-architecture)
export ARCH=${ARCH:-$native}
readonly native too_old=5.10 unable=125 guests=${GUESTS:-$(nproc)}
# Attaching, links, pins, traffic control, the ring buffer, test runs, the stack itself, the rights of a process. The
# long ones come last.
readonly system_tests=(modes detach foreign_xdp loopback views upgrade vlan netem rtt_netem outcomes replay watch jail
	serve_jail lifecycle_ipv4 lifecycle_ipv6)
# An emulated processor is slow, and speed is not tested here.
export CK_TIMEOUT_MULTIPLIER=20 TEST_PATIENCE=5 SEGMENTS=100000 GUEST_TIMEOUT_S=${GUEST_TIMEOUT_S:-2400}

# ---- in the guest

bpf_tests() { # prints the failures, and then "N checks"
	"$BUILD/bpf-tests" 2>&1 | sed -nE '/:[FE]:/p; s/^[0-9]+%: Checks: ([0-9]+), .*/bpf-tests: \1 checks/p'
	return "${PIPESTATUS[0]}"
}

guest() { # [PACKAGE]: run all of it; its last line is "N checks"
	local status=0 start=$SECONDS checks output tests=("${system_tests[@]}")
	output=$(mktemp)
	bpf_tests | tee "$output"
	[ "${PIPESTATUS[0]}" -eq 0 ] || status=1
	checks=$(sed -nE 's/^bpf-tests: ([0-9]+) checks$/\1/p' "$output")
	echo "bpf-tests took $((SECONDS - start)) s"
	if [ $# -gt 0 ]; then
		tests+=(package)
		export PACKAGE=$1
	fi
	tests/system/run "${tests[@]}" | tee "$output"
	[ "${PIPESTATUS[0]}" -eq 0 ] || status=1
	tail -n 1 "$output" | grep -q ' 0 skipped$' || status=1
	echo "${checks:-0} checks of BPF programs, system tests: $(tail -n 1 "$output")"
	return $status
}

# ---- one kernel

in_kernel() { # VERSION COMMAND...: its output is shown, and kept in $results/VERSION.output
	tools/run-in-kernel.sh "$@" 2>&1 | tee "$results/$1.output" | sed -u "s/^/$1  /"
	return "${PIPESTATUS[0]}"
}

verdict() { # pass|FAIL|SKIP VERSION WHAT
	printf '%s  Linux %-5s %s\n' "$@" | tee "$results/$2"
}

test_under() { # VERSION
	local status=0 start=$SECONDS last
	in_kernel "$1" env BUILD="$BUILD" tools/test-kernels.sh --guest "${package[@]}" || status=$?
	last=$(tail -n 1 "$results/$1.output")
	case $status in
	0) verdict pass "$1" "$last, $((SECONDS - start)) s" ;;
	"$unable") verdict SKIP "$1" "$last" ;;
	*) verdict FAIL "$1" "$last, $((SECONDS - start)) s, status $status" ;;
	esac
}

refused_under() { # VERSION: with one line that names the kernel
	local status=0
	in_kernel "$1" "$BUILD/synscope" attach lo || status=$?
	if [ $status -eq $unable ]; then
		verdict SKIP "$1" "$(tail -n 1 "$results/$1.output")"
	elif [ $status -eq 1 ] && [ "$(wc -l <"$results/$1.output")" -eq 1 ] &&
		grep -q "^synscope: Linux ${1//./\\.}.* is too old" "$results/$1.output"; then
		verdict pass "$1" "refused in one line"
	else
		verdict FAIL "$1" "not refused in one line, status $status"
	fi
}

test_kernel() { # VERSION
	if [ "$1" = $too_old ]; then
		refused_under "$1"
	else
		test_under "$1"
	fi
}

# ---- all kernels

end() { # on every exit: kill the guests that still run
	local group
	trap '' INT TERM
	exec 2>/dev/null # hides the shell's messages about killed jobs
	for group in $(jobs -p); do
		kill -TERM -- "-$group"
	done
	wait
	rm -rf "$results"
}

count() { # pass|FAIL|SKIP
	cat "${verdicts[@]}" 2>/dev/null | grep -c "^$1"
}

if [ "${1-}" = --guest ]; then
	guest "${@:2}"
	exit
fi
package=()
others=()
if [ "$ARCH" != "$native" ]; then
	package=("$BUILD/synscope_$(dpkg-parsechangelog -S Version)_$ARCH.deb")
	others=("$ARCH")
fi
tools/install-deps.sh kernels "${others[@]}" || {
	echo "SKIPPED: no test under other kernels, because QEMU or another program that it needs is missing" >&2
	exit 0
}
if [ $# -eq 0 ] && [ "$ARCH" = arm64 ]; then
	set -- 6.1 6.12 $too_old
elif [ $# -eq 0 ]; then
	set -- 6.1 6.12 6.18 7.2 $too_old
fi
results=$(mktemp -d)
verdicts=("${@/#/$results/}")
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
set -m # each guest in a process group of its own, so that it can be killed as a whole
for version in "$@"; do
	[ "$(jobs -rp | wc -l)" -lt "$guests" ] || wait -n
	test_kernel "$version" </dev/null &
done
wait
echo "== kernels, in $SECONDS s"
cat "${verdicts[@]}"
echo "== kernels: $(count pass) passed, $(count FAIL) failed, $(count SKIP) skipped"
[ "$(count SKIP)" -lt $# ] || echo "SKIPPED: nothing was tested under another kernel" >&2
[ $(($(count pass) + $(count SKIP))) -eq $# ]
