// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kernel/attach_xdp.h"
#include "base/message.h"
#include "kernel/platform.h"
#include "base/reason.h"
#include "kernel/netlink.h"

/* The XDP program that an interface has already. */
struct foreign {
	__u32 id; /* 0: none */
	__u32 link_id; /* 0: attached by netlink, or not known */
	__u32 flags; /* XDP_FLAGS_*_MODE */
	bool hidden; /* without CAP_SYS_ADMIN, only the id is known */
	char name[BPF_OBJ_NAME_LEN + 1];
};

/* The link that holds program `id` on `ifindex`, or 0. */
static __u32 link_of_program(__u32 id, __u32 ifindex)
{
	struct bpf_link_info info;
	__u32 link_id = 0, length;
	int fd, err;

	while (!bpf_link_get_next_id(link_id, &link_id)) {
		fd = bpf_link_get_fd_by_id(link_id);
		if (fd < 0)
			continue;
		memset(&info, 0, sizeof(info));
		length = sizeof(info);
		err = bpf_obj_get_info_by_fd(fd, &info, &length);
		close(fd);
		if (!err && info.type == BPF_LINK_TYPE_XDP && info.prog_id == id && info.xdp.ifindex == ifindex)
			return link_id;
	}
	return 0;
}

static void program_name(__u32 id, char name[BPF_OBJ_NAME_LEN + 1])
{
	struct bpf_prog_info info = { 0 };
	__u32 length = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(id);

	snprintf(name, BPF_OBJ_NAME_LEN + 1, "?");
	if (fd < 0)
		return;
	if (!bpf_obj_get_info_by_fd(fd, &info, &length) && info.name[0])
		snprintf(name, BPF_OBJ_NAME_LEN + 1, "%s", info.name);
	close(fd);
}

static struct foreign find_foreign(__u32 ifindex)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	struct foreign foreign = { 0 };

	if (bpf_xdp_query((int)ifindex, 0, &query))
		return foreign;
	if (query.drv_prog_id) {
		foreign.id = query.drv_prog_id;
		foreign.flags = XDP_FLAGS_DRV_MODE;
	} else if (query.skb_prog_id) {
		foreign.id = query.skb_prog_id;
		foreign.flags = XDP_FLAGS_SKB_MODE;
	} else if (query.hw_prog_id) {
		foreign.id = query.hw_prog_id;
		foreign.flags = XDP_FLAGS_HW_MODE;
	}
	foreign.hidden = platform_lacks(NEEDS(CAP_SYS_ADMIN), NULL);
	if (foreign.id && !foreign.hidden) {
		program_name(foreign.id, foreign.name);
		foreign.link_id = link_of_program(foreign.id, ifindex);
	}
	return foreign;
}

static int refuse_foreign(const struct iface *iface, const struct foreign *foreign, bool force)
{
	if (foreign->hidden)
		message_error(
			"%s has an XDP program already (id %u); --mode tc tracks beside it, and to replace it, --force "
			"needs CAP_SYS_ADMIN, which this process does not have",
			iface->name, foreign->id);
	else if (foreign->link_id)
		message_error(
			"%s has an XDP program already: '%s' (id %u), held by BPF link %u%s; --mode tc tracks beside "
			"it",
			iface->name, foreign->name, foreign->id, foreign->link_id,
			force ? ", which --force does not break" : "");
	else
		message_error(
			"%s has an XDP program already: '%s' (id %u); --mode tc tracks beside it, --force replaces it",
			iface->name, foreign->name, foreign->id);
	return -EBUSY;
}

/* Remove a program that netlink attached. The kernel refuses if a link holds it, or if another one is there by now. */
static int replace_foreign(const struct iface *iface, const struct foreign *foreign, struct xdp_replaced *replaced)
{
	LIBBPF_OPTS(bpf_xdp_attach_opts, options);
	int fd = bpf_prog_get_fd_by_id(foreign->id);
	int err;

	if (fd < 0)
		return refuse_foreign(iface, foreign, true);
	options.old_prog_fd = fd;
	err = bpf_xdp_detach((int)iface->ifindex, foreign->flags, &options);
	if (err) {
		message_error("cannot replace XDP program '%s' (id %u) on %s: %s", foreign->name, foreign->id,
			      iface->name, reason_of(err).text);
		close(fd);
		return err;
	}
	message_warning("%s: replaced XDP program '%s' (id %u)", iface->name, foreign->name, foreign->id);
	replaced->program_fd = fd;
	replaced->ifindex = iface->ifindex;
	replaced->flags = foreign->flags;
	return 0;
}

void xdp_restore(const struct xdp_replaced *replaced)
{
	if (replaced->program_fd < 0)
		return;
	if (bpf_xdp_attach((int)replaced->ifindex, replaced->program_fd, replaced->flags | XDP_FLAGS_UPDATE_IF_NOEXIST,
			   NULL))
		message_warning("the XDP program that --force replaced could not be put back");
}

/* Ask netlink to set (program_fd, expected_fd < 0) or to remove (program_fd -1) an XDP program. */
static int netlink_set(__u32 ifindex, int program_fd, int expected_fd, __u32 flags, char *reason)
{
	struct rtnl_request request;
	struct rtattr *nest;

	rtnl_begin(&request, RTM_SETLINK, 0, sizeof(request.link));
	request.link.ifi_index = (int)ifindex;
	nest = rtnl_nest(&request, IFLA_XDP);
	rtnl_put_u32(&request, IFLA_XDP_FD, program_fd);
	rtnl_put_u32(&request, IFLA_XDP_FLAGS, flags);
	if (expected_fd >= 0)
		rtnl_put_u32(&request, IFLA_XDP_EXPECTED_FD, expected_fd);
	rtnl_nest_end(&request, nest);
	return rtnl_ask(&request, reason);
}

/* Is that a lack of file descriptors? Then the driver did not refuse, and another mode would fail, too. */
static bool lacks_descriptors(int err)
{
	return err == -EMFILE || err == -ENFILE;
}

/*
 * Why did the driver refuse a link? The error of a link is only a number, but netlink passes on the driver's text. So
 * the same is asked for by netlink, and undone in case it succeeds.
 */
static void find_reason(const struct iface *iface, int program_fd, __u32 flags, int err, char *reason)
{
	*reason = '\0';
	if (!lacks_descriptors(err) &&
	    !netlink_set(iface->ifindex, program_fd, -1, flags | XDP_FLAGS_UPDATE_IF_NOEXIST, reason))
		netlink_set(iface->ifindex, -1, program_fd, flags | XDP_FLAGS_REPLACE, NULL);
	if (!*reason)
		snprintf(reason, RTNL_REASON_MAX, "%s", reason_of(err).text);
}

/* One try in one mode. Returns the link's fd or a negative errno; prints nothing. */
static int try_mode(const struct iface *iface, int program_fd, __u32 flags, char *reason)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = flags);
	int fd = bpf_link_create(program_fd, (int)iface->ifindex, BPF_XDP, &options);
	int err = fd < 0 ? -errno : 0;

	if (!err)
		return fd;
	find_reason(iface, program_fd, flags, err, reason);
	return err;
}

static int attach_generic(const struct iface *iface, int program_fd, struct xdp_attachment *attachment)
{
	char reason[RTNL_REASON_MAX];
	int fd = try_mode(iface, program_fd, XDP_FLAGS_SKB_MODE, reason);

	if (fd < 0)
		message_error("cannot attach to %s in generic XDP mode: %s%s", iface->name, reason,
			      lacks_descriptors(fd) ? "" : "; try --mode tc");
	else
		attachment->attached = XDP_MODE_GENERIC;
	return fd;
}

static int attach_native(const struct iface *iface, int program_fd, struct xdp_attachment *attachment)
{
	char reason[RTNL_REASON_MAX];
	int fd = try_mode(iface, program_fd, XDP_FLAGS_DRV_MODE, reason);
	struct foreign foreign = { 0 };

	if (fd >= 0) {
		attachment->attached = XDP_MODE_NATIVE;
		return fd;
	}
	if (fd == -EBUSY || fd == -EEXIST)
		foreign = find_foreign(iface->ifindex);
	if (foreign.id)
		return refuse_foreign(iface, &foreign, attachment->force);
	if (attachment->mode == ATTACH_NATIVE || lacks_descriptors(fd)) {
		message_error("cannot attach to %s in native XDP mode: %s%s", iface->name, reason,
			      lacks_descriptors(fd) ? "" : "; try --mode generic");
		return fd;
	}
	message_warning("%s: native XDP refused (%s), using generic XDP", iface->name, reason);
	return attach_generic(iface, program_fd, attachment);
}

int xdp_attach(const struct iface *iface, int program_fd, struct xdp_attachment *attachment)
{
	struct foreign foreign = find_foreign(iface->ifindex);
	int err = 0;

	attachment->replaced.program_fd = -1;
	if (foreign.id && (!attachment->force || foreign.link_id || foreign.hidden))
		return refuse_foreign(iface, &foreign, attachment->force);
	if (foreign.id)
		err = replace_foreign(iface, &foreign, &attachment->replaced);
	if (err)
		return err;
	if (attachment->mode == ATTACH_GENERIC || (attachment->mode == ATTACH_AUTO && iface->loopback))
		return attach_generic(iface, program_fd, attachment);
	return attach_native(iface, program_fd, attachment);
}
