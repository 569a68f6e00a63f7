# SPDX-License-Identifier: GPL-2.0-only
# traced.awk: reads LLVM's intermediate language, as clang -fsanitize=thread -S -emit-llvm writes it, twice (the file is
# given two times), and writes it with two changes:
# - Atomics whose result is not used get another name: clang compiles them for BPF to the form that returns nothing,
#   which is not a barrier on arm64.
# - memcpy and memset, which clang 14 calls by these names, get the names that newer versions use, so that they call our
#   functions.

function names_of(line, names,    n) {
	n = 0
	while (match(line, /%[A-Za-z0-9_.]+/)) {
		names[++n] = substr(line, RSTART, RLENGTH)
		line = substr(line, RSTART + RLENGTH)
	}
	return n
}

/^define / { function_number[FILENAME == ARGV[1] && NR == FNR]++ }

NR == FNR && /@llvm\.dbg\./ { next }

NR == FNR {
	n = names_of($0, names)
	for (i = 1; i <= n; i++)
		uses[function_number[1], names[i]]++
	next
}

/call .*@__tsan_atomic[0-9]+_fetch_/ {
	split($0, part, " ")
	if (uses[function_number[0], part[1]] == 1)
		sub(/_fetch_[a-z]+/, "&_unused")
}

/^declare .*@__tsan_atomic[0-9]+_fetch_/ {
	line = $0
	sub(/_fetch_[a-z]+/, "&_unused", line)
	print line
}

{
	gsub(/@memcpy\(/, "@__tsan_memcpy(")
	gsub(/@memset\(/, "@__tsan_memset(")
	print
}
