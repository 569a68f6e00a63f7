// SPDX-License-Identifier: GPL-2.0-only
/* bpf/packet/mtu.h: with any number of interfaces, each is found, and no other. */
#pragma GCC diagnostic ignored "-Wunknown-pragmas" /* clang's, in the headers */
#include <linux/bpf.h>

#include "suites.h"
#include "bpf/packet/mtu.h"

START_TEST(every_interface)
{
	struct synscope_config config = { 0 };

	for (__u32 count = 0; count <= MAX_INTERFACES; count++) {
		for (__u32 i = 0; i < count; i++) {
			ck_assert_uint_eq(interface_mtu(&config, 3 * i + 1), 1500 + i);
			ck_assert_uint_eq(interface_mtu(&config, 3 * i + 2), 0);
		}
		ck_assert_uint_eq(interface_mtu(&config, 3 * count + 1), 0);
		ck_assert_uint_eq(interface_mtu(&config, ~0U), 0);
		if (count < MAX_INTERFACES)
			config.mtu[count] = (struct interface_mtu){ .ifindex = 3 * count + 1, .mtu = 1500 + count };
	}
}
END_TEST

Suite *mtu_suite(void)
{
	Suite *suite = suite_create("mtu");
	TCase *tcase = tcase_create("mtu");

	tcase_add_test(tcase, every_interface);
	suite_add_tcase(suite, tcase);
	return suite;
}
