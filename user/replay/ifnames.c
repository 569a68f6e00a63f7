// SPDX-License-Identifier: GPL-2.0-only
#include "replay/ifnames.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

#define FIRST_NUMBER 2 /* not that of the loopback interface, where frames without a name arrive */

int capture_ifnames_number(struct capture_ifnames *names, const char *name)
{
	char(*more)[CAPTURE_IFNAME_SIZE];

	if (!*name)
		return 0;
	if (names->last < names->count && !strcmp(names->name[names->last], name))
		return (int)names->last + FIRST_NUMBER;
	for (names->last = 0; names->last < names->count; names->last++)
		if (!strcmp(names->name[names->last], name))
			return (int)names->last + FIRST_NUMBER;
	if (names->count == CAPTURE_IFNAMES_MOST)
		return 0;
	more = array_grow(names->name, names->count, &names->room, sizeof(*more), "the names of interfaces");
	if (!more)
		return -ENOMEM;
	names->name = more;
	snprintf(names->name[names->count], sizeof(*more), "%s", name);
	return (int)names->count++ + FIRST_NUMBER;
}

const char *capture_ifname(const struct capture_ifnames *names, __u32 number)
{
	return number >= FIRST_NUMBER && number - FIRST_NUMBER < names->count ? names->name[number - FIRST_NUMBER]
									      : NULL;
}

void capture_ifnames_free(struct capture_ifnames *names)
{
	free(names->name);
	*names = (struct capture_ifnames){ 0 };
}
