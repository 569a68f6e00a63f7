// SPDX-License-Identifier: GPL-2.0-only
/* Which interfaces --all stands for, and the MTUs in a configuration as interfaces come and go. */
#include <string.h>
#include <unistd.h>

#include "base/message.h"
#include "cli/options_attach.h"
#include "fixture.h"
#include "instance/every.h"
#include "instance/mtu.h"
#include "suites.h"

/* Interfaces of one namespace, and what is made of each with `--except lo --except 'veth[0-9]*' --except 'w\*'`. */
static struct {
	struct iface_entry entry;
	enum every_verdict verdict;
} interfaces[] = {
	{ { .ifindex = 1, .name = "lo" }, EVERY_EXCEPTED },
	{ { .ifindex = 2, .name = "eth0" }, EVERY_TAKEN },
	{ { .ifindex = 3, .name = "wlan0" }, EVERY_TAKEN },
	{ { .ifindex = 4, .name = "w*" }, EVERY_EXCEPTED },
	{ { .ifindex = 5, .name = "veth1", .kind = "veth", .below = 6 }, EVERY_EXCEPTED },
	{ { .ifindex = 6, .name = "vethx", .kind = "veth", .below = 5 }, EVERY_TAKEN }, /* both ends are here */
	{ { .ifindex = 7, .name = "a", .kind = "veth", .below = 8 }, EVERY_TAKEN },
	{ { .ifindex = 8, .name = "b", .kind = "veth", .below = 7 }, EVERY_TAKEN },
	{ { .ifindex = 9, .name = "br0", .kind = "bridge" }, EVERY_STACKED },
	{ { .ifindex = 10, .name = "bond0", .kind = "bond" }, EVERY_STACKED },
	{ { .ifindex = 11, .name = "eth0.5", .kind = "vlan", .below = 2 }, EVERY_STACKED },
	{ { .ifindex = 12, .name = "eth0.5.6", .kind = "vlan", .below = 11 }, EVERY_STACKED },
	{ { .ifindex = 13, .name = "veth1.7", .kind = "vlan", .below = 5 }, EVERY_EXCEPTED },
	{ { .ifindex = 14, .name = "v1.7", .kind = "vlan", .below = 5 }, EVERY_TAKEN }, /* what is below it is not */
	{ { .ifindex = 15, .name = "m", .kind = "macvlan" }, EVERY_TAKEN }, /* what is below it is elsewhere */
	{ { .ifindex = 16, .name = "m1", .kind = "macvlan", .below = 99 }, EVERY_TAKEN },
	{ { .ifindex = 17, .name = "vx", .kind = "vxlan", .below = 2 }, EVERY_TAKEN }, /* the segments are inner ones */
	{ { .ifindex = 18, .name = "wg0", .kind = "wireguard" }, EVERY_TAKEN },
	{ { .ifindex = 19, .name = "br1", .kind = "veth" }, EVERY_TAKEN }, /* the kind counts, not the name */
};

#define INTERFACES (sizeof(interfaces) / sizeof(interfaces[0]))

START_TEST(verdicts)
{
	struct attach_options options = { .all = true, .except = { "lo", "veth[0-9]*", "w\\*" }, .excepts = 3 };
	struct iface_entry entries[INTERFACES];
	struct iface_list list = { .item = entries, .count = INTERFACES };

	for (size_t i = 0; i < INTERFACES; i++)
		entries[i] = interfaces[i].entry;
	for (size_t i = 0; i < INTERFACES; i++)
		ck_assert_msg(every_judge(&options, &list, &entries[i]) == interfaces[i].verdict, "%s",
			      entries[i].name);
}
END_TEST

/* The MTUs are in ascending order without a gap, and min_mtu is the smallest of those that are there. */
START_TEST(mtus)
{
	struct synscope_config config = { 0 };

	config_remove_mtu(&config, 5);
	ck_assert_uint_eq(config.min_mtu, 0);
	config_set_mtu(&config, 5, 1500);
	config_set_mtu(&config, 3, 1400);
	config_set_mtu(&config, 9, 9000);
	config_set_mtu(&config, 5, 1300);
	ck_assert_uint_eq(config.mtu[0].ifindex, 3);
	ck_assert_uint_eq(config.mtu[1].ifindex, 5);
	ck_assert_uint_eq(config.mtu[1].mtu, 1300);
	ck_assert_uint_eq(config.mtu[2].ifindex, 9);
	ck_assert_uint_eq(config.mtu[3].ifindex, 0);
	ck_assert_uint_eq(config.min_mtu, 1300);
	config_remove_mtu(&config, 5);
	ck_assert_uint_eq(config.mtu[1].ifindex, 9);
	ck_assert_uint_eq(config.mtu[2].ifindex, 0);
	ck_assert_uint_eq(config.min_mtu, 1400);
	for (__u32 i = 0; i < 2 * MAX_INTERFACES; i++)
		config_set_mtu(&config, 1000 - i, 2000);
	ck_assert_uint_eq(config.mtu[0].ifindex, 3);
	for (int i = 1; i < MAX_INTERFACES; i++)
		ck_assert_uint_gt(config.mtu[i].ifindex, config.mtu[i - 1].ifindex);
	config_remove_mtu(&config, config.mtu[MAX_INTERFACES - 1].ifindex);
	ck_assert_uint_eq(config.mtu[MAX_INTERFACES - 1].ifindex, 0);
}
END_TEST

static const struct command tried = {
	.name = "test",
	.arguments = "WORD...",
	.argument_expected = "a word",
	.most_arguments = 3,
	.description = "Test.",
	.example = "  synscope test it",
	.groups = { { all_option_table, 0 }, { attach_option_table, 0 } },
};

/* Parse words into options. Returns the exit status, and what was logged. */
static int parse(struct attach_options *options, int argc, const char *const *words, char logged[512])
{
	struct capture capture = capture_begin(STDERR_FILENO);
	char *argv[] = { (char *)words[0], (char *)words[1], (char *)words[2], (char *)words[3], NULL };
	struct arguments arguments;
	int status = 0;

	attach_options_defaults(options);
	if (options_parse(&tried, argc, argv, options, &arguments, &status) && !status)
		status = attach_options_interfaces(options, &arguments, &tried);
	capture_end(&capture, logged, 512);
	return status;
}

/* Command lines that are not valid, and what is said of them. */
static const struct {
	const char *words[4];
	int count;
	const char *says;
} mistakes[] = {
	{ { "eth0", "-i", "eth0" }, 3, "interface 'eth0' is given twice" },
	{ { "--all", "--interface=eth0" }, 2, "--all takes no interface, but 'eth0' was given" },
	{ { "--all", "eth0" }, 2, "--all takes no interface, but 'eth0' was given" },
	{ { "--except", "x" }, 2, "--except 'x' leaves interfaces out of --all, which was not given" },
	{ { "eth0", "--except", "x" }, 3, "--except 'x' leaves interfaces out of --all, which was not given" },
	{ { "--all", "--except", "" }, 3, "--except '': expected a shell pattern such as 'veth*'" },
	{ { "--all", "--except" }, 2, "--except" },
};

START_TEST(command_lines_not_valid)
{
	struct attach_options options;
	char logged[512];

	ck_assert_int_eq(parse(&options, mistakes[_i].count, mistakes[_i].words, logged), EXIT_USAGE);
	ck_assert_msg(strstr(logged, mistakes[_i].says), "%s", logged);
}
END_TEST

START_TEST(command_lines)
{
	static const char *const words[4] = { "--all", "--except", "lo", "--except=veth*" };
	struct attach_options options;
	char logged[512];

	ck_assert_int_eq(parse(&options, 4, words, logged), 0);
	ck_assert(options.all);
	ck_assert_int_eq(options.interfaces, 0);
	ck_assert_int_eq(options.excepts, 2);
	ck_assert_str_eq(options.except[0], "lo");
	ck_assert_str_eq(options.except[1], "veth*");
}
END_TEST

Suite *every_suite(void)
{
	Suite *suite = suite_create("every");
	TCase *tcase = tcase_create("every");

	tcase_add_test(tcase, verdicts);
	tcase_add_test(tcase, mtus);
	tcase_add_test(tcase, command_lines);
	tcase_add_loop_test(tcase, command_lines_not_valid, 0, sizeof(mistakes) / sizeof(mistakes[0]));
	suite_add_tcase(suite, tcase);
	return suite;
}
