/* SPDX-License-Identifier: GPL-2.0-only */
/* From what the user asked for to what will be attached where; all that can be refused is refused here. */
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
	bool unseen; /* this user may not look which instances there are (`run` does without) */
	unsigned int hooks; /* bit per enum instance_hook, the same on every interface */
	unsigned int programs; /* bit per enum program */
};

/* What can be judged from the options alone. Returns a negative errno (logged). */
int plan_check(const struct attach_options *options);

/*
 * Look up the interfaces in the present network namespace, with the lock held; refuses names and interfaces that are
 * taken, and removes orphaned filters from them. Returns a negative errno (logged).
 */
int plan_resolve(struct attach_plan *plan, struct bpf_ids *ids);

/* What the instance will say of itself; what is attached how, and its memory, are still to come. */
int plan_fill_meta(const struct attach_plan *plan, struct instance_meta *meta);

#endif
