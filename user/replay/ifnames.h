/* SPDX-License-Identifier: GPL-2.0-only */
/* The names of interfaces in captures, by numbers that the programs take for those of interfaces. */
#ifndef SYNSCOPE_REPLAY_IFNAMES_H
#define SYNSCOPE_REPLAY_IFNAMES_H

#include <stddef.h>

#include <linux/types.h>

#define CAPTURE_IFNAME_SIZE 64 /* with the NUL; the rest of a longer name is left out */
#define CAPTURE_IFNAMES_MOST 4096 /* interfaces beyond have no name */

/* A zeroed struct has none. */
struct capture_ifnames {
	char (*name)[CAPTURE_IFNAME_SIZE];
	size_t count, room;
	size_t last; /* the one that was found last */
};

/* The number of the name, which is added if it is new; 0: it is "", or there are too many. Or -ENOMEM (logged). */
int capture_ifnames_number(struct capture_ifnames *names, const char *name);

/* The name of that number, valid until one is added; NULL: there is none. */
const char *capture_ifname(const struct capture_ifnames *names, __u32 number);

void capture_ifnames_free(struct capture_ifnames *names);

#endif
