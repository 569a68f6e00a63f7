# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# The rights of processes as /proc shows them, and those that the processes of `serve` must have. To be sourced after
# lib.sh.

rights() { # PID: the rights of each of its threads; one line if they are the same
	local thread
	for thread in "/proc/$1/task"/*; do
		sed -nE 's/^(CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs|Seccomp|Uid|Gid|Groups):\t*(.*[^ \t])?[ \t]*$/\1=\2/p' \
			"$thread/status" | tr '\t\n' ', '
		echo
	done | sort -u
}

rights_text() { # UID CAPABILITIES
	printf 'Uid=%s,%s,%s,%s Gid=%s,%s,%s,%s Groups= ' "$1" "$1" "$1" "$1" "$1" "$1" "$1" "$1"
	printf 'CapInh=%s CapPrm=%s CapEff=%s CapBnd=%s CapAmb=%s NoNewPrivs=1 Seccomp=2 ' \
		"$no_capability" "$2" "$2" "$no_capability" "$no_capability"
}

readonly no_capability=0000000000000000 only_bpf=0000008000000000
rights_of_server=$(rights_text 65534 $no_capability)
rights_of_opener=$(rights_text 0 $only_bpf)
export rights_of_server rights_of_opener
