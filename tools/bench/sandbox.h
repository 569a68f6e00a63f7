/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the benchmarks run: a network namespace and a bpffs of their own, which are gone when the process is, however
 * it ends. No interface that was there before is seen in it.
 */
#ifndef SYNSCOPE_BENCH_SANDBOX_H
#define SYNSCOPE_BENCH_SANDBOX_H

/* Moves the process there, and to one CPU. Returns 0 or a negative errno (logged). */
int sandbox_enter(void);

/* The CPU that the process runs on, and another one. Returns 0, or -ENOENT (not logged) if there is no other. */
int sandbox_two_cpus(int cpus[2]);

/* Makes a pair of veth interfaces that are up. Returns 0 or a negative errno (logged). */
int sandbox_veth(const char *name, const char *peer);

#define SANDBOX_HOLDS 8

/*
 * Attaches an XDP program to an interface of ours, where nothing comes in: an attached program has its place in the
 * kernel's XDP dispatcher; one that has not is put in for every test run, which takes longer than the run. `place` is
 * below SANDBOX_HOLDS and has no program. Returns an fd, to be closed, or a negative errno (logged).
 */
int sandbox_hold(int place, int program);

#endif
