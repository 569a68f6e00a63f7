#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# tools/install-deps.sh while another process holds a lock of apt's: it says for which process it waits and for how long
# at most, and continues when the lock is free; Ctrl-C ends it. apt-get is the real one. Its directories are the test's
# own and have no sources, and the package that seems to be missing is installed, so nothing is fetched and nothing
# changes.
. tests/system/lib/lib.sh
lab_begin
apt="$LAB_DIR/apt"
readonly locks=("$apt/lists/lock" "$apt/cache/archives/lock" "$apt/dpkg/lock-frontend")

own_apt() { # and a dpkg-query that finds no installed package
	mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/dpkg" "$apt/bin"
	cp /var/lib/dpkg/status "$apt/dpkg/"
	cat >"$apt/conf" <<-END
		Dir::State "$apt";
		Dir::State::status "$apt/dpkg/status";
		Dir::Cache "$apt/cache";
		Dir::Etc::sourcelist "/dev/null";
		Dir::Etc::sourceparts "/dev/null";
	END
	printf '#!/bin/sh\nexit 1\n' >"$apt/bin/dpkg-query"
	chmod +x "$apt/bin/dpkg-query"
}

install_deps() { # ARGUMENT...
	APT_CONFIG="$apt/conf" PATH="$apt/bin:$PATH" tools/install-deps.sh "$@"
}

lock() { # FILE: until `unlock`; the holder is a process called "perl", with the id $holder
	mkfifo "$LAB_DIR/held"
	perl -MFcntl -e 'my $whole = pack("s x62", F_WRLCK); $| = 1; open my $file, "+>>", shift or die;
		fcntl($file, F_SETLK, $whole) or die; print "held\n"; sleep' "$1" >"$LAB_DIR/held" &
	holder=$!
	lab_pids+=($!)
	grep -q held "$LAB_DIR/held" || fail "cannot lock $1"
	rm "$LAB_DIR/held"
}

unlock() {
	kill "$holder"
	wait "$holder" || true
	unset 'lab_pids[-1]'
}

background() { # COMMAND...: sets $background to its process id; it can be interrupted
	setsid env --default-signal=INT "$@" >"$LAB_DIR/log" 2>&1 </dev/null &
	background=$!
	lab_pids+=($!)
}

waits() { # LOCK
	grep -qxF "install-deps: waiting up to 600 s for process $holder (perl), which holds $1" "$LAB_DIR/log"
}

goes_on_after() { # LOCK
	lock "$1"
	background env APT_CONFIG="$apt/conf" PATH="$apt/bin:$PATH" tools/install-deps.sh demo
	wait_for 20 waits "$1" || fail "no message that it waits for process $holder at $1: $(cat "$LAB_DIR/log")"
	kill -0 "$background" || fail "it gave up: $(cat "$LAB_DIR/log")"
	unlock
	wait "$background" || fail "not installed, though $1 is free: $(cat "$LAB_DIR/log")"
	unset 'lab_pids[-1]'
}

command -v apt-get >/dev/null || skip "there is no apt-get"
own_apt
outcome 0 install_deps demo
for file in "${locks[@]}"; do
	goes_on_after "$file"
done

lock "${locks[0]}"
APT_WAIT_S=1 outcome 1 install_deps demo
says "process $holder \(perl\) still holds ${locks[0]} after 1 s"

background env APT_CONFIG="$apt/conf" PATH="$apt/bin:$PATH" tools/install-deps.sh demo
wait_for 20 waits "${locks[0]}" || fail "it does not wait: $(cat "$LAB_DIR/log")"
kill -INT -- "-$background"
status=0
wait "$background" || status=$?
[ $status -eq 130 ] || fail "SIGINT ended it with status $status, not 130: $(cat "$LAB_DIR/log")"
unset 'lab_pids[-1]'
unlock

rm "$apt/dpkg/status"
outcome 1 install_deps demo
says 'could not install: iproute2 jq procps'

# Every package of a group is asked for, whatever the number of lines that the table has for it.
apt_get="$apt/bin/apt-get"
printf '#!/bin/sh\necho "$@" >>"%s"\n' "$apt/asked" >"$apt_get"
chmod +x "$apt_get"
for group in build demo test fuzz bench deb sudo web lint kernels; do
	: >"$apt/asked"
	outcome 0 install_deps "$group"
	awk -v group="$group" '$1 ~ "^\\[" group "\\]=\"" { here = 1 } here { print } here && /"$/ { exit }' \
		tools/install-deps.sh | sed 's/.*="//; s/"//' | tr -s ' \t\n' '\n' | sed '/^$/d' >"$apt/named"
	[ -s "$apt/named" ] || fail "no packages are named for $group"
	while read -r name; do
		grep -qw -- "$name" "$apt/asked" || fail "$group: $name is not asked for: $(cat "$apt/asked")"
	done <"$apt/named"
done
