// SPDX-License-Identifier: GPL-2.0-only
#include "instance/hooks.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/message.h"
#include "base/reason.h"
#include "instance/filters.h"
#include "instance/interface.h"
#include "kernel/attach_tc.h"
#include "kernel/clsact.h"
#include "kernel/guard.h"
#include "kernel/netlink.h"
#include "kernel/platform.h"

/*
 * Can `run` go on without the lock, after this error? It pins nothing, so it can if there is no bpffs, or if this
 * process may not write to it.
 */
static bool goes_without(int err)
{
	return err == -ENOENT || is_denied(err) || err == -EROFS;
}

int hooks_lock(struct attach_plan *plan, struct pin_lock *lock, bool wait)
{
	int err = pin_lock(lock, true, wait);

	plan->unseen = is_denied(err) || (err == -ENOENT && platform_hides_pins());
	if (!err || (!plan->options->pin && goes_without(err)))
		return 0;
	if (wait || err != -EBUSY)
		pin_error("lock", NULL, err);
	return err;
}

int hooks_save_meta(const struct instance *instance)
{
	__u32 key = 0;
	int err = 0;

	if (bpf_map_update_elem(instance->fd[OBJECT_META], &key, &instance->meta, BPF_ANY))
		err = -errno;
	if (err)
		message_error("cannot write the metadata of the instance: %s", reason_of(err).text);
	return err;
}

/*
 * Pin the maps under PIN_STAGED, where others find and remove what is left if this process is killed. Links vanish with
 * the process, and need this only before they are pinned themselves. A filter would stay, so the meta that lists it
 * must be pinned before the filter is added.
 */
int hooks_stage(struct attaching *attaching)
{
	int err = hooks_save_meta(attaching->instance);

	if (err || attaching->staged || !attaching->plan.options->pin)
		return err;
	err = pin_mkdir(PIN_STAGED);
	if (err == -EEXIST && pin_check(PIN_STAGED) == PIN_REFUSED)
		err = PIN_REFUSED;
	if (err) {
		pin_error("add to", PIN_STAGED, err);
		return err;
	}
	attaching->staged = true;
	return programs_pin(attaching->programs, PIN_STAGED);
}

static int attach_clsact(struct attaching *attaching, int i, bool egress, int program_fd)
{
	const struct iface *iface = &attaching->plan.iface[i];
	struct instance_meta *meta = &attaching->instance->meta;
	struct clsact_filter filter = { .ifindex = iface->ifindex, .egress = egress };
	char reason[RTNL_REASON_MAX];
	int err = clsact_qdisc_missing(iface->ifindex, iface->name, egress);

	if (err < 0)
		return err;
	meta->interface[i].made_clsact |= (__u32)err;
	if (egress)
		meta->interface[i].tc_egress = TC_MODE_CLSACT;
	else
		meta->interface[i].tc_ingress = TC_MODE_CLSACT;
	err = hooks_stage(attaching);
	if (err)
		return err;
	filter.made_qdisc = meta->interface[i].made_clsact;
	snprintf(filter.instance, sizeof(filter.instance), "%s", meta->name);
	err = clsact_attach(&filter, program_fd, reason);
	if (err)
		message_error("cannot attach to tc %s of %s: %s", egress ? "egress" : "ingress", iface->name,
			      *reason ? reason : reason_of(err).text);
	return err;
}

static int attach_tc(struct attaching *attaching, int i, enum instance_hook hook, int program_fd)
{
	struct instance *instance = attaching->instance;
	bool egress = hook == HOOK_TC_EGRESS;
	int fd = tcx_attach(&attaching->plan.iface[i], program_fd, egress);

	if (fd == TCX_UNSUPPORTED)
		return attach_clsact(attaching, i, egress, program_fd);
	if (fd < 0)
		return fd;
	instance->link_fd[i][hook] = fd;
	if (egress)
		instance->meta.interface[i].tc_egress = TC_MODE_TCX;
	else
		instance->meta.interface[i].tc_ingress = TC_MODE_TCX;
	return 0;
}

static int attach_xdp(struct attaching *attaching, int i, int program_fd)
{
	const struct attach_options *options = attaching->plan.options;
	struct xdp_attachment attachment = { .mode = options->mode, .force = options->force };
	int fd = xdp_attach(&attaching->plan.iface[i], program_fd, &attachment);

	attaching->replaced[i] = attachment.replaced;
	if (fd < 0)
		return fd;
	attaching->instance->link_fd[i][HOOK_XDP] = fd;
	attaching->instance->meta.interface[i].xdp = attachment.attached;
	return 0;
}

int hooks_attach(struct attaching *attaching, int i)
{
	const struct attach_plan *plan = &attaching->plan;
	int err = 0;

	for (enum instance_hook hook = 0; hook < HOOK_COUNT && !err; hook++) {
		int fd = programs_fd(attaching->programs, program_for(hook, plan->iface[i].no_link_header));

		if (!(plan_hooks(plan, i) & 1U << hook))
			continue;
		err = hook == HOOK_XDP ? attach_xdp(attaching, i, fd) : attach_tc(attaching, i, hook, fd);
	}
	return err;
}

void hooks_undo(struct attaching *attaching, int i, struct bpf_ids *ids)
{
	struct instance *instance = attaching->instance;
	struct instance_meta one = instance->meta;

	one.interface[0] = one.interface[i];
	one.interfaces = 1;
	instance_remove_filters(&one, ids);
	for (enum instance_hook hook = 0; hook < HOOK_COUNT; hook++) {
		int *fd = &instance->link_fd[i][hook];

		if (*fd < 0)
			continue;
		bpf_ids_add(ids, *fd);
		bpf_link_detach(*fd);
		close(*fd);
		*fd = -1;
	}
	xdp_restore(&attaching->replaced[i]);
}

int hooks_pin(const struct instance *instance, int i, const char *entry)
{
	char object[PIN_OBJECT_MAX];
	int err = 0;

	for (enum instance_hook hook = 0; hook < HOOK_COUNT && !err; hook++) {
		if (instance->link_fd[i][hook] < 0)
			continue;
		instance_link_object(object, instance->meta.interface[i].ifindex, hook);
		err = pin_object(instance->link_fd[i][hook], entry, object);
	}
	return err;
}

/* The guard keeps others from taking the interface's filters for orphans. */
int hooks_take_guard(struct attaching *attaching, int i)
{
	const struct iface *iface = &attaching->plan.iface[i];
	int fd = guard_take(iface->ifindex);

	attaching->instance->guard_fd[i] = fd;
	if (fd >= 0)
		return 0;
	message_error("%s: cannot mark it as being tracked: %s", iface->name, reason_of(fd).text);
	return fd;
}
