#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/system/run, which runs these tests: two at a time, each with a bpffs and network namespaces of its own, and the
# exclusive ones alone and last. Every kind of result is printed and counted, and a run that is stopped leaves nothing.
. tests/system/lib/lib.sh

test_is() { # NAME: write a test, which is on stdin
	sed "1i readonly dir=$LAB_DIR" >"$tree/tests/system/test_$1.sh"
}

run() { # ARGUMENT...
	"$tree/tests/system/run" "$@"
}

verdicts() { # what was printed, without the times
	sed -E 's/ +[0-9]+\.[0-9] s//; s/ +/ /g' "$LAB_DIR/out"
}

waits_for() { # NAME OTHER: a test that ends when OTHER has begun. Each makes something that the other one must not see.
	test_is "$1" <<-END
		mkdir /sys/fs/bpf/$1 && ip netns add $1 || exit
		touch \$dir/$1
		for ((i = 0; i < 200; i++)); do
			[ ! -e \$dir/$2 ] || break
			sleep 0.1
		done
		[ -e \$dir/$2 ] && [ ! -e /sys/fs/bpf/$2 ] && [ ! -e /run/netns/$2 ]
	END
}

lab_begin
tree="$LAB_DIR/tree"
mkdir -p "$tree/tests/system"
cp tests/system/run "$tree/tests/system/"

waits_for one two
waits_for two one
test_is alone <<'END'
# exclusive: it looks at the others
[ -e $dir/one ] && [ -e $dir/two ] && [ -e $dir/failed ]
END
test_is broken <<'END'
touch $dir/failed
echo "that is wrong"
exit 3
END
test_is unable <<'END'
echo "this machine has no such thing"
exit 77
END
outcome 1 run -j 2
[ "$(verdicts | head -n -2 | sort)" = " that is wrong
FAIL broken, status 3
pass one
pass two
skip unable this machine has no such thing" ] || fail "not what happened: $(cat "$LAB_DIR/out" "$LAB_DIR/err")"
[ "$(verdicts | tail -n 2)" = "pass alone
3 passed, 1 failed, 1 skipped" ] || fail "the totals are wrong: $(cat "$LAB_DIR/out")"
outcome 0 run one alone
[[ ! -e /sys/fs/bpf/one && ! -e /run/netns/one ]] || fail "what a test made is visible here"
outcome 2 run -j none

# Those that take longest begin first.
test_is short <<<""
test_is briefer <<<"# long: 9 s"
test_is longer <<<"# long: 20 s"
test_is longest <<<"# long: 100 s"
outcome 0 run -j 1 briefer short longest longer
[ "$(verdicts | head -n 4)" = "pass longest
pass longer
pass briefer
pass short" ] || fail "not the longest first: $(cat "$LAB_DIR/out")"

# Stopped half-way: the test may clean up, and nothing that it has started is left, in whatever process group. The logs
# of a runner that is killed stay; they are among this test's files.
test_is long <<'END'
trap 'touch $dir/cleaned; exit 143' TERM
setsid bash -c 'trap "" TERM; exec sleep 1000' 3>$dir/held &
touch $dir/started
sleep 1000
END
mkfifo "$LAB_DIR/held"
for signal in TERM KILL; do
	rm -f "$LAB_DIR/started" "$LAB_DIR/cleaned"
	TMPDIR=$LAB_DIR "$tree/tests/system/run" long >"$LAB_DIR/out" 2>&1 </dev/null &
	runner=$!
	exec {held}<"$LAB_DIR/held"
	wait_for 10 test -e "$LAB_DIR/started" || fail "it does not start: $(cat "$LAB_DIR/out")"
	kill -$signal $runner
	wait $runner || true
	wait_for 10 test -e "$LAB_DIR/cleaned" || fail "SIG$signal to the runner does not end the test"
	read -r -t 10 -u "$held" || [ $? -eq 1 ] || fail "after SIG$signal to the runner a process is left"
	exec {held}<&-
done

# A test cannot kill a process that is not its own.
sleep 1000 &
lab_pids+=($!)
test_is killer <<END
! kill $!
END
outcome 0 run killer
kill -0 "${lab_pids[-1]}" || fail "a test has killed a process that is not its own"

# What does not end by SIGTERM is killed at the end of a test.
cat >"$LAB_DIR/stubborn" <<'END'
. tests/system/lib/lib.sh
lab_begin
lab_background "$LAB_DIR/log" sh -c 'trap "" TERM; echo ready; exec sleep 1000'
wait_for 10 grep -q ready "$LAB_DIR/log"
END
outcome 0 timeout --kill-after=5 60 env LAB_ID="${LAB_ID-}x" bash "$LAB_DIR/stubborn"
