// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/ethtool.h>
#include <linux/if_arp.h>
#include <linux/sockios.h>

#include "kernel/iface.h"
#include "kernel/iface_list.h"
#include "base/message.h"
#include "base/reason.h"

#define NAMES_MAX 256 /* bytes of the names of interfaces in a message */

/* Do frames of a device of this ARPHRD_* type begin with an IP header (1), an Ethernet header (0), or neither (-1)? */
static int link_header(unsigned int type)
{
	switch (type) {
	case ARPHRD_ETHER:
	case ARPHRD_LOOPBACK:
		return 0;
	case ARPHRD_NONE:
	case ARPHRD_PPP:
	case ARPHRD_RAWIP:
	case ARPHRD_TUNNEL:
	case ARPHRD_TUNNEL6:
	case ARPHRD_SIT:
	case ARPHRD_IPGRE:
	case ARPHRD_IP6GRE:
		return 1;
	default:
		return -1;
	}
}

static bool strips_vlan(int fd, const struct iface *iface)
{
	struct ethtool_value value = { .cmd = ETHTOOL_GFLAGS };
	struct ifreq request = { .ifr_data = (void *)&value };

	memcpy(request.ifr_name, iface->name, sizeof(request.ifr_name));
	return !ioctl(fd, SIOCETHTOOL, &request) && (value.data & ETH_FLAG_RXVLAN);
}

static int query(int fd, struct ifreq *request, struct iface *iface)
{
	int header;

	if (ioctl(fd, SIOCGIFINDEX, request))
		return -errno;
	iface->ifindex = request->ifr_ifindex;
	if (ioctl(fd, SIOCGIFMTU, request))
		return -errno;
	iface->mtu = request->ifr_mtu;
	if (ioctl(fd, SIOCGIFFLAGS, request))
		return -errno;
	iface->loopback = request->ifr_flags & IFF_LOOPBACK;
	if (ioctl(fd, SIOCGIFHWADDR, request))
		return -errno;
	iface->type = request->ifr_hwaddr.sa_family;
	header = link_header(iface->type);
	if (header < 0)
		return -EPFNOSUPPORT;
	iface->no_link_header = header;
	iface->strips_vlan = strips_vlan(fd, iface);
	return 0;
}

int iface_query(const char *name, struct iface *iface)
{
	struct ifreq request = { 0 };
	int fd, err = -ENODEV;

	memset(iface, 0, sizeof(*iface));
	if (*name && strlen(name) < sizeof(iface->name)) {
		fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		snprintf(iface->name, sizeof(iface->name), "%s", name);
		memcpy(request.ifr_name, iface->name, sizeof(request.ifr_name));
		err = fd < 0 ? -errno : query(fd, &request, iface);
		if (fd >= 0)
			close(fd);
	}
	if (!err && !if_indextoname(iface->ifindex, iface->name)) /* `name` may be an alternative name */
		err = -errno;
	return err;
}

static void complain_of_none(const char *name)
{
	char names[NAMES_MAX];

	iface_list_names(names, sizeof(names));
	message_error("no interface '%s'; there are: %s", name, names);
}

void iface_complain(const char *name, const struct iface *iface, int err)
{
	if (err == -ENODEV || err == -ENXIO)
		complain_of_none(name);
	else if (err == -EPFNOSUPPORT)
		message_error("%s carries neither Ethernet frames nor bare IP packets (ARP hardware type %u), and "
			      "nothing else can be tracked",
			      iface->name, iface->type);
	else if (err)
		message_error("cannot look at interface '%s': %s", name, reason_of(err).text);
}

int iface_lookup(const char *name, struct iface *iface)
{
	int err = iface_query(name, iface);

	iface_complain(name, iface, err);
	return err;
}
