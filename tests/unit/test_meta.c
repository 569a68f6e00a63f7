// SPDX-License-Identifier: GPL-2.0-only
/* The metadata of a pinned instance is accepted only if its values are possible. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "instance/meta.h"
#include "suites.h"

#include "synscope/flow.h"

static struct instance_meta sound(void)
{
	return (struct instance_meta){
		.magic = META_MAGIC,
		.byte_order = META_BYTE_ORDER,
		.layout_version = FLOW_LAYOUT_VERSION,
		.program_version = "0.1.0",
		.hot_size = sizeof(struct flow_bucket),
		.cold_size = sizeof(struct flow_cold),
		.name = "eth0",
		.netns = "web",
		.max_flows = 64,
		.interfaces = 2,
		.interface = { { .ifindex = 2, .ifname = "eth0" }, { .ifindex = 3, .ifname = "eth1" } },
		.config.buckets = 16,
	};
}

START_TEST(a_sound_one)
{
	struct instance_meta meta = sound(), before = meta;
	char fault[OBJECT_FAULT_MAX];

	ck_assert_int_eq(meta_check(&meta, sizeof(meta), fault), META_SOUND);
	ck_assert_int_eq(memcmp(&meta, &before, sizeof(meta)), 0);
	meta.interfaces = MAX_INTERFACES;
	ck_assert_int_eq(meta_check(&meta, sizeof(meta), fault), META_SOUND);
}
END_TEST

/* Damage to some bytes of it, and the expected message. */
static const struct {
	size_t offset, size;
	unsigned char byte;
	const char *fault;
} damages[] = {
	{ offsetof(struct instance_meta, magic), 1, 0, "not of synscope" },
	{ offsetof(struct instance_meta, byte_order), 4, 1, "not of synscope" },
	{ offsetof(struct instance_meta, hot_size), 4, 0, "records of 0" },
	{ offsetof(struct instance_meta, cold_size), 4, 0xff, "records of" },
	{ offsetof(struct instance_meta, interfaces), 4, 0, "0 interfaces" },
	{ offsetof(struct instance_meta, interfaces), 2, 1, "257 interfaces" },
	{ offsetof(struct instance_meta, interfaces), 4, 0xff, "4294967295 interfaces" },
	{ offsetof(struct instance_meta, config.buckets), 4, 0, "0 buckets" },
	{ offsetof(struct instance_meta, config.buckets), 4, 0xff, "4294967295 buckets" },
	{ offsetof(struct instance_meta, program_version), 32, 'x', "no end" },
	{ offsetof(struct instance_meta, name), INSTANCE_NAME_MAX, 'x', "no end" },
	{ offsetof(struct instance_meta, netns), INSTANCE_NAME_MAX, 'x', "no end" },
	{ offsetof(struct instance_meta, interface[1].ifname), IFNAME_MAX, 'x', "no end" },
};

START_TEST(a_damaged_one)
{
	struct instance_meta meta = sound(), nothing = { 0 };
	char fault[OBJECT_FAULT_MAX] = "";

	memset((char *)&meta + damages[_i].offset, damages[_i].byte, damages[_i].size);
	ck_assert_int_eq(meta_check(&meta, sizeof(meta), fault), META_DAMAGED);
	ck_assert_msg(strstr(fault, damages[_i].fault), "'%s' does not say '%s'", fault, damages[_i].fault);
	ck_assert_int_eq(memcmp(&meta, &nothing, sizeof(meta)), 0);
}
END_TEST

START_TEST(of_another_size)
{
	static const __u32 sizes[] = { 0, 8, 55, sizeof(struct instance_meta) - 1, sizeof(struct instance_meta) + 1 };
	char fault[OBJECT_FAULT_MAX];

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct instance_meta meta = sound();

		ck_assert_int_eq(meta_check(&meta, sizes[i], fault), META_DAMAGED);
	}
}
END_TEST

/* The version can be read from any layout, whatever follows it. */
START_TEST(of_another_layout)
{
	struct instance_meta meta = sound();
	char fault[OBJECT_FAULT_MAX];

	memset((char *)&meta + offsetof(struct instance_meta, hot_size), 0xff,
	       sizeof(meta) - offsetof(struct instance_meta, hot_size));
	memset(meta.program_version, '9', sizeof(meta.program_version));
	meta.layout_version = FLOW_LAYOUT_VERSION + 1;
	ck_assert_int_eq(meta_check(&meta, 5000, fault), META_OTHER_LAYOUT);
	ck_assert_uint_eq(meta.layout_version, FLOW_LAYOUT_VERSION + 1);
	ck_assert_uint_eq(strlen(meta.program_version), sizeof(meta.program_version) - 1);
	ck_assert_uint_eq(meta.interfaces, 0);
	ck_assert_str_eq(meta.name, "");
}
END_TEST

START_TEST(random_bytes)
{
	char fault[OBJECT_FAULT_MAX];

	srandom(9);
	for (int i = 0; i < 20000; i++) {
		struct instance_meta meta = sound();
		int changes = 1 + (int)(random() % 8);
		enum meta_verdict verdict;

		while (changes--)
			((unsigned char *)&meta)[random() % sizeof(meta)] = (unsigned char)random();
		verdict = meta_check(&meta, sizeof(meta), fault);
		ck_assert_uint_le(meta.interfaces, MAX_INTERFACES);
		ck_assert_ptr_nonnull(memchr(meta.name, '\0', sizeof(meta.name)));
		ck_assert_ptr_nonnull(memchr(meta.program_version, '\0', sizeof(meta.program_version)));
		ck_assert(verdict == META_SOUND || !meta.interfaces);
		ck_assert(verdict != META_DAMAGED || *fault);
	}
}
END_TEST

Suite *meta_suite(void)
{
	Suite *suite = suite_create("meta");
	TCase *tcase = tcase_create("meta");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, a_sound_one);
	tcase_add_loop_test(tcase, a_damaged_one, 0, sizeof(damages) / sizeof(damages[0]));
	tcase_add_test(tcase, of_another_size);
	tcase_add_test(tcase, of_another_layout);
	tcase_add_test(tcase, random_bytes);
	suite_add_tcase(suite, tcase);
	return suite;
}
