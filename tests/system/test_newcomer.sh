#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# A newcomer's clone: a user with sudo, whose umask is 077, in a directory with a space in its name. The user builds the
# demo and the tests, which run and leave no file of root's; a user who may not use sudo gets a message.
#
# What this tree has built is not built again, except for one file of each kind. The right to use sudo is given in a
# mount namespace of the test's own.
# long: 40 s
namespace=$(readlink /proc/self/ns/mnt)
[ $# -gt 0 ] || exec unshare --mount --propagation private bash "$0" "$namespace"
[ "$1" != "$namespace" ] || exit 1
. tests/system/lib/lib.sh

readonly user=nobody

# Directories are not copied, only the files in them: other tests make and remove files of $BUILD at the same time.
copy_files() { # FROM TO FIND-TEST...: without what passes the test
	(cd "$1" && find . \( "${@:3}" \) -prune -o ! -type d -print0 | tar -c --null -T -) | tar -x -C "$2"
}

copy_tree() { # with its build directory
	local path
	mkdir -p "$place/build" "$LAB_DIR/home"
	chmod 711 "$LAB_DIR" "$LAB_DIR/a place"
	copy_files . "$place" -path ./.git -o -path ./build -o -path "./$BUILD"
	copy_files "$BUILD" "$place/build" -path './[csf]*-*' -o -path ./sanitized -o -path ./fuzz -o -path ./asan \
		-o -path ./corpus -o -path './seeds*' -o -path ./deb -o -name '*.deb' -o -path ./unit-tests
	for path in bpf/synscope.bpf.c user/main.c tools/wire.c tools/completion.c; do
		touch "$place/$path"
	done
	chown -R "$user" "$place" "$LAB_DIR/home"
}

sudo_is_for() { # USER...
	printf '%s ALL=(ALL:ALL) NOPASSWD: ALL\n' root "$@" >"$LAB_DIR/sudoers"
}

as_user() { # COMMAND...
	(cd "$place" && umask 077 && setpriv --reuid="$user" --regid=65534 --clear-groups --inh-caps=-all \
		env -i PATH="$PATH" HOME="$LAB_DIR/home" "$@")
}

all_is_the_users() {
	local others
	others=$(find "$place" ! -user "$user" | head)
	[ -z "$others" ] || fail "files that do not belong to the user: $others"
}

command -v sudo >/dev/null || skip "there is no sudo"
lab_begin
place="$LAB_DIR/a place/synscope"
copy_tree
sudo_is_for "$user"
chmod 440 "$LAB_DIR/sudoers"
mount --bind "$LAB_DIR/sudoers" /etc/sudoers

outcome 0 as_user make demo
grep -q 'All of it is removed again' "$LAB_DIR/out" || fail "no demo: $(cat "$LAB_DIR/out" "$LAB_DIR/err")"
for made in synscope synscope.skel.h wire; do
	[ "$place/build/$made" -nt "$place/tools/completion.c" ] || fail "build/$made is not built again"
done
all_is_the_users

touch "$place/build/made-by-a-test"
outcome 0 as_user CK_RUN_SUITE=link tests/run bpf
grep -qxF 'Running suite(s): link' "$LAB_DIR/out" || fail "not the requested suite: $(cat "$LAB_DIR/out")"
! grep -q '^ ' "$LAB_DIR/out" || fail "more than the requested suite: $(cat "$LAB_DIR/out")"
grep -qE '^== all: [1-9][0-9]* passed, 0 failed' "$LAB_DIR/out" || fail "no totals: $(cat "$LAB_DIR/out")"
all_is_the_users

if dpkg-query -W conntrack >/dev/null 2>&1; then # without it, make would install it
	outcome 0 as_user make bench BENCH_QUICK=1 GROUPS=size
	grep -q '^| object_size ' "$LAB_DIR/out" || fail "no figures: $(cat "$LAB_DIR/out" "$LAB_DIR/err")"
fi

sudo_is_for daemon
for goal in demo test bench; do
	outcome 2 as_user make $goal
	says "^$goal: must be root, or a user with sudo,"
done
