/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the benchmarks run: a network namespace and a bpffs of their own, which vanish with the process, however it
 * ends. No other interface is visible there.
 */
#ifndef SYNSCOPE_BENCH_SANDBOX_H
#define SYNSCOPE_BENCH_SANDBOX_H

/* Moves the process into the sandbox, and to one CPU. Returns 0 or a negative errno (logged). */
int sandbox_enter(void);

/* The CPU that the process runs on, and another one. Returns 0, or -ENOENT (not logged) if there is only one. */
int sandbox_two_cpus(int cpus[2]);

/* Makes a pair of veth interfaces that are up. Returns 0 or a negative errno (logged). */
int sandbox_veth(const char *name, const char *peer);

#define SANDBOX_HOLDS 8

/*
 * Attaches an XDP program to an interface of the sandbox that receives nothing. An attached program has an entry in the
 * kernel's XDP dispatcher; for one that has none, every test run adds and removes one, which takes longer than the run.
 * `place` is below SANDBOX_HOLDS and has no program yet. Returns an fd, to be closed, or a negative errno (logged).
 */
int sandbox_hold(int place, int program);

#endif
