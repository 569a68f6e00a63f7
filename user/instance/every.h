/* SPDX-License-Identifier: GPL-2.0-only */
/* Which interfaces --all stands for. Pure, so that it can be tested. */
#ifndef SYNSCOPE_INSTANCE_EVERY_H
#define SYNSCOPE_INSTANCE_EVERY_H

#include <stdbool.h>

#include "instance/options.h"
#include "kernel/iface_list.h"

/* What --all makes of an interface. */
enum every_verdict {
	EVERY_TAKEN,
	EVERY_EXCEPTED, /* by --except */
	EVERY_STACKED, /* its segments pass other interfaces, too, and would be seen twice */
};

enum every_verdict every_judge(const struct attach_options *options, const struct iface_list *list,
			       const struct iface_entry *entry);

#endif
