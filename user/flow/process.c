// SPDX-License-Identifier: GPL-2.0-only
#include "flow/process.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/foreign.h"
#include "base/text.h"
#include "kernel/uts.h"

#define NAME_SHOWN 24 /* bytes; a name has at most 15, but put_foreign() may make four of one */
#define NAME_KEPT 15 /* bytes of a name that the kernel keeps */
#define CONTAINER_ID_MIN 32 /* hex digits in a row; ids have up to 64 */
#define CONTAINER_ID_SHOWN 12 /* as many as docker and podman show */
#define HEX_DIGITS "0123456789abcdef"

void process_free(struct process *process)
{
	free(process->name);
	free(process->cgroup);
	free(process->container);
	*process = (struct process){ 0 };
}

static bool copy(char **to, const char *from)
{
	*to = from ? text_copy(from, "the names of processes") : NULL;
	return *to || !from;
}

int process_copy(struct process *to, const struct process *from)
{
	*to = (struct process){ .pid = from->pid };
	if (copy(&to->name, from->name) && copy(&to->cgroup, from->cgroup) && copy(&to->container, from->container))
		return 0;
	process_free(to);
	return -ENOMEM;
}

/* ---- containers */

/* The id of the innermost container in the path of a cgroup, and how many digits it has; NULL: there is none. */
static const char *container_id(const char *cgroup, size_t *digits)
{
	const char *id = NULL;

	while (cgroup && *cgroup) {
		size_t here = strspn(cgroup, HEX_DIGITS);

		if (here >= CONTAINER_ID_MIN) {
			id = cgroup;
			*digits = here;
		}
		cgroup += here ? here : 1;
	}
	return id;
}

int process_set_container(struct process *process, const char *own_cgroup)
{
	char name[UTS_NAME_SIZE] = "";
	size_t digits = 0, own_digits = 0;
	const char *id = container_id(process->cgroup, &digits), *own_id = container_id(own_cgroup, &own_digits);

	if (!uts_host_name(process->pid, name)) {
		*name = '\0';
		if (id && !(own_id && digits == own_digits && !memcmp(id, own_id, digits)))
			strncat(name, id, CONTAINER_ID_SHOWN);
	}
	return *name && !copy(&process->container, name) ? -ENOMEM : 0;
}

/* ---- questions */

bool process_is_named(const struct process *process, const char *name)
{
	if (strlen(process->name) == NAME_KEPT)
		return !strncmp(process->name, name, NAME_KEPT);
	return !strcmp(process->name, name);
}

bool process_is_in(const struct process *process, const char *container)
{
	size_t digits = 0, length = strlen(container);
	const char *id = container_id(process->cgroup, &digits);

	if (process->container && !strcmp(process->container, container))
		return true;
	return id && length >= CONTAINER_ID_SHOWN && length <= digits && !strncmp(id, container, length);
}

/* ---- texts */

char *put_process(char *p, const struct process *process, bool ascii)
{
	p = put_foreign(p, p + NAME_SHOWN, process->name, strlen(process->name), FOREIGN_TEXT, ascii);
	*p++ = '/';
	return put_u64(p, process->pid);
}

char *put_container(char *p, const struct process *process, bool ascii)
{
	const char *name = process->container ? process->container : "-";

	return put_foreign(p, p + PROCESS_SIZE, name, strlen(name), FOREIGN_TEXT, ascii);
}

/* Copy a name with the ids of containers shortened, at most `most` bytes. Returns how many. */
static size_t short_cgroup(char *to, const char *name, size_t most)
{
	size_t used = 0;

	while (*name && used < most) {
		size_t digits = strspn(name, HEX_DIGITS);
		size_t bytes = digits >= CONTAINER_ID_MIN ? CONTAINER_ID_SHOWN : digits ? digits : 1;

		bytes = bytes < most - used ? bytes : most - used;
		memcpy(to + used, name, bytes);
		used += bytes;
		name += digits ? digits : 1;
	}
	return used;
}

char *put_cgroup(char *p, const struct process *process, bool ascii)
{
	const char *path = process->cgroup ? process->cgroup : "?", *name = strrchr(path, '/');
	char text[PROCESS_SIZE + 4]; /* room for one more character, so that the text is cut later instead of here */
	size_t bytes = short_cgroup(text, name && name[1] ? name + 1 : path, sizeof(text));

	return put_foreign(p, p + PROCESS_SIZE, text, bytes, FOREIGN_TEXT, ascii);
}
