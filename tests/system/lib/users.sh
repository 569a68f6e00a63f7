# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Ordinary users for the system tests. To be sourced before lab_begin, by a test that has a bpffs of its own.

# Runs the test again in a mount namespace of its own, so that modes and pins of the machine's bpffs neither matter nor
# change.
own_bpffs() { # ARGUMENT...: of the test
	[ -z "${OWN_BPFFS-}" ] || return 0
	OWN_BPFFS=yes exec unshare --mount --propagation private bash "$0" "$@"
}

mount_bpffs() { # MODE: mount a new, empty one
	umount /sys/fs/bpf 2>/dev/null || true
	mount -t bpf -o "mode=$1" bpf /sys/fs/bpf
}

# Copies what users have to run and read to a place where they can.
users_begin() {
	chmod 755 "$LAB_DIR"
	install -m 755 "$BUILD/synscope" "$LAB_DIR/synscope"
}

# USER GROUP CAPABILITIES: sets as_user. "${as_user[@]} COMMAND" then has only these capabilities, such as
# "bpf net_admin", or "" for none.
user() {
	local capability capabilities=-all
	for capability in $3; do
		capabilities+=",+$capability"
	done
	# shellcheck disable=SC2034 # the caller reads it
	as_user=(setpriv --reuid="$1" --regid="$2" --clear-groups --inh-caps="$capabilities"
		--ambient-caps="$capabilities" --bounding-set="$capabilities")
}

top_ends() { # COMMAND...: run a command line with `top` on a terminal of `script`, and press q once it has drawn
	local status=0
	[ -e /dev/pts/ptmx ] || return 0 # there are no terminals, as in a guest of test-kernels
	: >"$LAB_DIR/screen"
	press_q | script -qefc "TERM=xterm $*" /dev/null >"$LAB_DIR/screen" 2>&1 || status=$?
	grep 'synscope:' "$LAB_DIR/screen" >&2 || true
	return "$status"
}

press_q() {
	wait_for 20 grep -qE 'quit|synscope:' "$LAB_DIR/screen"
	printf q
}
