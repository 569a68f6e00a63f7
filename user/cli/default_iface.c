// SPDX-License-Identifier: GPL-2.0-only
#include "cli/default_iface.h"

#include <errno.h>
#include <unistd.h>

#include "base/message.h"
#include "base/reason.h"
#include "kernel/default_route.h"
#include "kernel/iface_list.h"
#include "kernel/netns.h"
#include "kernel/platform.h"

static int look_up(struct attach_options *options, char *others, size_t size)
{
	int err = default_route_iface(options->default_ifname);

	if (err == -ENOENT)
		iface_list_names(others, size);
	else if (err)
		message_error("cannot look for the default route: %s", reason_of(err).text);
	return err;
}

int default_iface(struct attach_options *options, char *others, size_t size)
{
	int err = platform_check_attach(platform_netns_needs(options->netns));
	int netns = err || !options->netns ? err : netns_open(options->netns);
	int home = netns < 0 || !options->netns ? netns : netns_enter(netns);

	if (netns >= 0 && options->netns)
		close(netns);
	if (netns < 0)
		return netns;
	if (home < 0) {
		message_error("cannot enter the network namespace '%s': %s", options->netns, reason_of(home).text);
		return home;
	}
	err = look_up(options, others, size);
	if (options->netns)
		netns_leave(home);
	if (err)
		return err;
	options->ifnames[0] = options->default_ifname;
	options->interfaces = 1;
	message_info("no IFACE is given: taking %s, to which the default route leads", options->default_ifname);
	return 0;
}
