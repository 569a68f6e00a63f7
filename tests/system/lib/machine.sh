# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Hosts with a name and a bpffs of their own, so that their instances have the names that users would give them, and no
# other instances are visible there. To be sourced after lib.sh.

declare -A machine_pid

machine() { # HOST: make it one, until its process exits, with which its pins vanish
	# shellcheck disable=SC2016 # expanded by the inner shell
	lab_background "$LAB_DIR/machine-$1" unshare --mount --uts --propagation slave \
		sh -c 'hostname "$0" && mount -t bpf bpf /sys/fs/bpf && echo ready && exec sleep infinity' "$1"
	machine_pid[$1]=${lab_pids[-1]}
	wait_for 5 grep -q ready "$LAB_DIR/machine-$1" || fail "no bpffs: $(cat "$LAB_DIR/machine-$1")"
}

to_machine() { # HOST: sets $entering to the command that runs another one there, by whose process id it can be killed
	local its=/proc/${machine_pid[$1]}/ns
	entering=(nsenter --mount="$its/mnt" --uts="$its/uts" --net="/run/netns/$LAB-$1")
}

on_machine() { # HOST COMMAND...
	local entering
	to_machine "$1"
	"${entering[@]}" "${@:2}"
}
