/* SPDX-License-Identifier: GPL-2.0-only */
/* Planning an attach: what to attach where, as the options ask. All refusals are here. */
#ifndef SYNSCOPE_INSTANCE_PLAN_H
#define SYNSCOPE_INSTANCE_PLAN_H

#include "instance/options.h"
#include "kernel/bpf_ids.h"
#include "kernel/iface.h"
#include "instance/instance.h"

struct attach_plan {
	const struct attach_options *options;
	struct iface iface[MAX_INTERFACES]; /* options->interfaces of them */
	char name[INSTANCE_NAME_MAX];
	bool unseen; /* this user may not list the instances (which `run` does not need) */
	unsigned int hooks; /* bit per enum instance_hook, the same on every interface */
	unsigned int programs; /* bit per enum program */
};

/* Check what the options alone can tell. Returns 0 or a negative errno (logged). */
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
