/* SPDX-License-Identifier: GPL-2.0-only */
/* Planning an attach: what to attach where, as the options ask. All refusals are here. */
#ifndef SYNSCOPE_INSTANCE_PLAN_H
#define SYNSCOPE_INSTANCE_PLAN_H

#include "instance/options.h"
#include "kernel/bpf_ids.h"
#include "kernel/iface.h"
#include "instance/instance.h"

/* Interfaces that --all does not take again, because they were refused. */
struct left_out {
	__u32 *ifindex;
	size_t count, room;
};

struct attach_plan {
	const struct attach_options *options;
	struct iface iface[MAX_INTERFACES];
	int interfaces; /* how many there are */
	struct left_out *left_out; /* with options->all */
	char name[INSTANCE_NAME_MAX];
	bool attached; /* the instance exists, and new interfaces are added to it */
	bool unseen; /* the instances cannot be listed, which `run` does not need: no right, or out of sight */
	unsigned int hooks; /* bit per enum instance_hook; see plan_hooks() */
	unsigned int programs; /* bit per enum program */
};

/* The hooks of interface `i`: those of the plan, but for egress on loopback, which --all attaches, too. */
unsigned int plan_hooks(const struct attach_plan *plan, int i);

/*
 * What to do about an error that concerns interface *i alone: with --all the interface is taken out of the plan
 * (logged), *i is decreased, and the result is 0. Otherwise the error is returned, as are those of the process: limits
 * and rights.
 */
int plan_leave_out(struct attach_plan *plan, int *i, int err);

/* Take interface *i out of the plan (logged), and decrease *i. It is not tried again. */
void plan_drop(struct attach_plan *plan, int *i);

/*
 * Interfaces that have appeared: take out those that an instance or a `run` has already, and remove orphaned filters.
 * Returns 0 or a negative errno (logged).
 */
int plan_check_interfaces(struct attach_plan *plan, struct bpf_ids *ids);

/* Say that --all has nothing to attach to. Returns -ENODEV. */
int plan_nothing_left(void);

/* The programs that the plan's interfaces need: bit per enum program. */
unsigned int plan_programs(const struct attach_plan *plan);

/* Which hooks the options ask for, given the interfaces. Returns 0 or a negative errno (logged). */
int plan_choose_hooks(struct attach_plan *plan);

/* What the meta says of an interface of the plan before programs are attached to it. */
struct meta_interface plan_meta_interface(const struct attach_plan *plan, int i);

/* Check the options by themselves. Returns 0 or a negative errno (logged). */
int plan_check(const struct attach_options *options);

/*
 * Look up the interfaces in the present network namespace, with the lock held. Refuses names and interfaces that are
 * taken, and removes orphaned filters from the interfaces. Returns 0 or a negative errno (logged).
 */
int plan_resolve(struct attach_plan *plan, struct bpf_ids *ids);

/*
 * Fill in the meta, except for how the programs are attached, and for the memory. Returns 0 or a negative errno
 * (logged).
 */
int plan_fill_meta(const struct attach_plan *plan, struct instance_meta *meta);

#endif
