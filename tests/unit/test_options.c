// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "cli/commands.h"
#include "fixture.h"
#include "format/sink.h"
#include "cli/options_names.h"
#include "base/message.h"
#include "cli/options_attach.h"
#include "base/suggest.h"
#include "suites.h"

#define WORDS_MAX 16

struct all_options {
	struct attach_options attach;
	enum output_format format;
	bool fast;
};

static const struct option fast_option[] = {
	{ .name = "fast", .letter = 'f', .help = "Go fast.", .set = option_set_flag },
	{ 0 },
};

static const struct command tried = {
	.name = "test",
	.arguments = "WORD...",
	.argument_expected = "a word",
	.least_arguments = 1,
	.most_arguments = 3,
	.description = "Test.",
	.example = "  synscope test it",
	.groups = { { attach_option_table, offsetof(struct all_options, attach) },
		    { table_option_table, offsetof(struct all_options, attach) },
		    { output_options, offsetof(struct all_options, format) },
		    { fast_option, offsetof(struct all_options, fast) } },
};

/* A parsed command line. */
struct parsed {
	bool go;
	int status;
	struct all_options options;
	struct arguments arguments;
	char *argv[WORDS_MAX];
	char words[512], logged[1024];
};

/* Parse words that are separated by single spaces; "" stands for an empty word. */
static void parse(struct parsed *parsed, const char *line)
{
	char *rest = parsed->words;
	struct capture capture;
	int argc = 0;

	*parsed = (struct parsed){ 0 };
	ck_assert_uint_lt(strlen(line), sizeof(parsed->words));
	strcpy(parsed->words, line);
	while (*line && rest) {
		parsed->argv[argc] = strsep(&rest, " ");
		if (!strcmp(parsed->argv[argc], "\"\""))
			parsed->argv[argc][0] = '\0';
		argc++;
	}
	attach_options_defaults(&parsed->options.attach);
	capture = capture_begin(STDERR_FILENO);
	parsed->go = options_parse(&tried, argc, parsed->argv, &parsed->options, &parsed->arguments, &parsed->status);
	capture_end(&capture, parsed->logged, sizeof(parsed->logged));
}

START_TEST(options_stand_anywhere)
{
	struct parsed parsed = { 0 };

	parse(&parsed, "a --mode tc b --max-flows=17 -o csv --force");

	ck_assert(parsed.go);
	ck_assert_str_eq(parsed.logged, "");
	ck_assert_int_eq(parsed.arguments.count, 2);
	ck_assert_str_eq(parsed.arguments.value[1], "b");
	ck_assert_int_eq(parsed.options.attach.mode, ATTACH_TC);
	ck_assert_uint_eq(parsed.options.attach.max_flows, 17);
	ck_assert_int_eq(parsed.options.format, OUTPUT_CSV);
	ck_assert(parsed.options.attach.force);
	ck_assert(!parsed.options.attach.key_vlan);
}
END_TEST

static const struct {
	const char *line;
	__u32 decap;
} decaps[] = {
	{ "a", TUNNEL_BIT(TUNNEL_PPPOE) | TUNNEL_BIT(TUNNEL_MPLS) },
	{ "a --decap none", 0 },
	{ "a --decap all", TUNNELS_IN_LINK | TUNNELS_IN_IP },
	{ "a --decap ipip,vxlan", TUNNEL_BIT(TUNNEL_IPIP) | TUNNEL_BIT(TUNNEL_VXLAN) },
	{ "a --decap gtpu --decap mpls", TUNNEL_BIT(TUNNEL_GTPU) | TUNNEL_BIT(TUNNEL_MPLS) },
};

START_TEST(decap)
{
	struct parsed parsed;

	parse(&parsed, decaps[_i].line);
	ck_assert(parsed.go);
	ck_assert_uint_eq(parsed.options.attach.decap, decaps[_i].decap);
}
END_TEST

START_TEST(dashes_end_options)
{
	struct parsed parsed = { 0 };

	parse(&parsed, "-ojson -- --force - -x");

	ck_assert(parsed.go);
	ck_assert_int_eq(parsed.options.format, OUTPUT_JSON);
	ck_assert_int_eq(parsed.arguments.count, 3);
	ck_assert_str_eq(parsed.arguments.value[0], "--force");
	ck_assert_str_eq(parsed.arguments.value[2], "-x");
	ck_assert(!parsed.options.attach.force);
}
END_TEST

/* No option is a digit: `started > -2h` needs no --. */
START_TEST(a_minus_and_a_digit_is_no_option)
{
	struct parsed parsed = { 0 };

	parse(&parsed, "-2h -ojson");

	ck_assert(parsed.go);
	ck_assert_int_eq(parsed.options.format, OUTPUT_JSON);
	ck_assert_int_eq(parsed.arguments.count, 1);
	ck_assert_str_eq(parsed.arguments.value[0], "-2h");
}
END_TEST

START_TEST(directions)
{
	struct parsed parsed = { 0 };

	parse(&parsed, "a");
	ck_assert_int_eq(parsed.options.attach.direction, DIRECTION_DEFAULT);
	parse(&parsed, "a --direction both");
	ck_assert_int_eq(parsed.options.attach.direction, DIRECTION_BOTH);
	parse(&parsed, "a --direction ingress");
	ck_assert_int_eq(parsed.options.attach.direction, DIRECTION_INGRESS);
}
END_TEST

START_TEST(ports)
{
	struct parsed parsed;
	const struct attach_options *attach = &parsed.options.attach;

	parse(&parsed, "a --ports 443,80,8000-8002,443 --ports 65535,0-1");
	ck_assert_uint_eq(attach->port_count, 8);
	ck_assert_uint_eq(attach->ports[0], 443);
	ck_assert_uint_eq(attach->ports[4], 8002);
	ck_assert_uint_eq(attach->ports[5], 65535);
	ck_assert_uint_eq(attach->ports[7], 1);
	parse(&parsed, "a --ports 1-256 --ports 256,7");
	ck_assert_uint_eq(attach->port_count, SERVER_PORTS);
}
END_TEST

START_TEST(timeouts)
{
	struct parsed parsed = { 0 };
	const __u64 *ns = parsed.options.attach.timeout_ns;

	parse(&parsed, "a --timeout all=none --timeout time_wait=1.5 --timeout closed=0 "
		       "--timeout syn_sent=31536000 --timeout fin_wait=0.000000001 --timeout one_way=7");
	ck_assert_msg(parsed.go, "%s", parsed.logged);
	ck_assert_uint_eq(ns[TIMEOUT_ESTABLISHED], TIMEOUT_NONE);
	ck_assert_uint_eq(ns[TIMEOUT_TIME_WAIT], 1500 * MS);
	ck_assert_uint_eq(ns[TIMEOUT_CLOSED], 0);
	ck_assert_uint_eq(ns[TIMEOUT_SYN_SENT], 31536000 * S);
	ck_assert_uint_eq(ns[TIMEOUT_FIN_WAIT], 1);
	ck_assert_uint_eq(ns[TIMEOUT_ONE_WAY], 7 * S);
}
END_TEST

/* The same rule holds for a name that is composed of those of a namespace and an interface. */
START_TEST(names_of_instances)
{
	char name[INSTANCE_NAME_MAX + 1];

	memset(name, 'x', sizeof(name));
	name[INSTANCE_NAME_MAX] = '\0';
	ck_assert(!instance_name_valid(name));
	name[INSTANCE_NAME_MAX - 1] = '\0';
	ck_assert(instance_name_valid(name));
	ck_assert(instance_name_valid("web:eth0"));
	ck_assert(instance_name_valid("\xc3\xa9"));
	ck_assert(!instance_name_valid(""));
	ck_assert(!instance_name_valid("my web:eth0"));
	ck_assert(!instance_name_valid("eth0\n"));
	ck_assert(!instance_name_valid("\033[2J"));
	ck_assert(!instance_name_valid("\177"));
}
END_TEST

/* Invalid command lines, and what the message must contain. */
static const struct {
	const char *line, *says;
} mistakes[] = {
	{ "a --nmae x", "unknown option '--nmae' (did you mean '--name'?); try" },
	{ "a --zzzzzzzz", "unknown option '--zzzzzzzz'; try" },
	{ "a -z", "unknown option '-z'" },
	{ "a --max-flows 0", "--max-flows '0': expected a whole number from 1 to 268435456" },
	{ "a --max-flows -1", "--max-flows '-1': expected a whole number" },
	{ "a --max-flows abc", "expected a whole number" },
	{ "a --max-flows 1.5", "expected a whole number" },
	{ "a --max-flows 99999999999999999999", "expected a whole number" },
	{ "a --max-flows 268435457", "expected a whole number" },
	{ "a --max-flows \"\"", "--max-flows '': expected a whole number" },
	{ "a --max-flows", "--max-flows needs a value: expected a whole number" },
	{ "a --mode fast", "--mode 'fast': expected auto, native, generic or tc" },
	{ "a --mode ntive", "generic or tc (did you mean 'native'?); try" },
	{ "a --mode", "needs a value: expected auto, native, generic or tc" },
	{ "a --direction up", "--direction 'up': expected both or ingress" },
	{ "a -o xml", "--output 'xml': expected table, json, jsonl or csv" },
	{ "a --ports \"\"", "expected ports and ranges such as 22,80,8000-8010, at most 256 in all" },
	{ "a --ports 22,", "--ports '22,': expected ports and ranges" },
	{ "a --ports ,22", "expected ports and ranges" },
	{ "a --ports 65536", "expected ports and ranges" },
	{ "a --ports 10-9", "expected ports and ranges" },
	{ "a --ports 1-2-3", "expected ports and ranges" },
	{ "a --decap wifi", "expected kinds of tunnels such as mpls,vxlan" },
	{ "a --ports 1-", "expected ports and ranges" },
	{ "a --ports 1-257", "expected ports and ranges" },
	{ "a --ports 1-256 --ports 300", "expected ports and ranges" },
	{ "a --timeout foo=1", "--timeout 'foo=1': expected NAME=SECONDS" },
	{ "a --timeout established", "expected NAME=SECONDS" },
	{ "a --timeout established=", "expected NAME=SECONDS" },
	{ "a --timeout established=.", "expected NAME=SECONDS" },
	{ "a --timeout established=1.", "expected NAME=SECONDS" },
	{ "a --timeout established=-1", "expected NAME=SECONDS" },
	{ "a --timeout established=1e3", "expected NAME=SECONDS" },
	{ "a --timeout established=nan", "expected NAME=SECONDS" },
	{ "a --timeout established=31536000.1", "expected NAME=SECONDS" },
	{ "a --timeout established=99999999999999999999", "expected NAME=SECONDS" },
	{ "a --timeout =1", "expected NAME=SECONDS" },
	{ "a --timeout al=1", "expected NAME=SECONDS" },
	{ "a --force=yes", "--force takes no value" },
	{ "a --name \"\"", "--name '': expected 1 to 63 bytes" },
	{ "a --name a\tb", "expected 1 to 63 bytes without spaces or control characters; try" },
	{ "a --name \177", "--name '\\x7f': expected 1 to 63 bytes" },
	{ "a b c d", "unexpected word 'd': this command takes at most 3" },
	{ "a -fx", "unknown option '-fx'" },
	{ "a -f=1", "unknown option '-f=1'" },
	{ "a -fo", "--output needs a value" },
	{ "\"\"", "expected a word, not an empty word" },
	{ "a \"\"", "expected a word, not an empty word" },
	{ "a \t\n", "expected a word, not an empty word" },
	{ "-- \"\"", "expected a word, not an empty word" },
	{ "", "expected a word" },
	{ "--force", "expected a word" },
};

START_TEST(mistakes_are_told)
{
	struct parsed parsed = { 0 };

	parse(&parsed, mistakes[_i].line);
	ck_assert(!parsed.go);
	ck_assert_int_eq(parsed.status, EXIT_USAGE);
	ck_assert_msg(strstr(parsed.logged, mistakes[_i].says), "'%s' is logged: %s", mistakes[_i].line, parsed.logged);
	ck_assert_msg(strstr(parsed.logged, "try 'synscope test --help'"), "%s", parsed.logged);
	ck_assert_ptr_eq(strchr(parsed.logged, '\n') + 1, parsed.logged + strlen(parsed.logged));
}
END_TEST

START_TEST(help_comes_from_the_table)
{
	struct capture capture = capture_begin(STDOUT_FILENO);
	struct parsed parsed = { 0 };
	char text[8192];

	parse(&parsed, "--help");
	capture_end(&capture, text, sizeof(text));
	ck_assert(!parsed.go);
	ck_assert_int_eq(parsed.status, 0);
	ck_assert_ptr_nonnull(strstr(text, "Usage: synscope test [OPTION]... WORD..."));
	ck_assert_ptr_nonnull(strstr(text, "Example:\n  synscope test it\n"));
	for (const struct option_group *group = tried.groups; group->options; group++)
		for (const struct option *option = group->options; option->name; option++)
			ck_assert_msg(strstr(text, option->name), "%s is not in the help", option->name);
}
END_TEST

START_TEST(every_command_has_what_help_prints)
{
	for (size_t i = 0; commands[i]; i++) {
		ck_assert_ptr_nonnull(commands[i]->summary);
		ck_assert_ptr_nonnull(commands[i]->description);
		ck_assert_ptr_nonnull(strstr(commands[i]->example, commands[i]->name));
		ck_assert(!commands[i]->most_arguments == !*commands[i]->arguments);
		ck_assert(!commands[i]->most_arguments == !commands[i]->argument_expected);
		for (const struct option_group *group = commands[i]->groups; group->options; group++)
			for (const struct option *option = group->options; option->name; option++) {
				ck_assert_ptr_nonnull(option->help);
				ck_assert(option->set);
				ck_assert(!option->argument || option->choices || option->most || option->expected);
			}
	}
}
END_TEST

/* The option is spelt as in other commands: each letter has one meaning, and each name one letter. */
static void compare_spelling(const struct command *command, const struct option *option, const struct command *other)
{
	int same = 0;

	for (const struct option_group *group = other->groups; group->options; group++)
		for (const struct option *known = group->options; known->name; known++) {
			bool named = !strcmp(known->name, option->name);

			same += named;
			ck_assert_msg(!named || (known->letter == option->letter &&
						 !known->argument == !option->argument),
				      "--%s of %s and of %s", option->name, command->name, other->name);
			ck_assert_msg(named || !option->letter || known->letter != option->letter,
				      "-%c of %s and of %s", option->letter, command->name, other->name);
		}
	ck_assert_int_le(same, 1);
}

START_TEST(options_are_spelt_alike)
{
	for (size_t i = 0; commands[i]; i++)
		for (const struct option_group *group = commands[i]->groups; group->options; group++)
			for (const struct option *option = group->options; option->name; option++) {
				ck_assert_int_ne(option->letter, 'h');
				for (size_t j = 0; commands[j]; j++)
					compare_spelling(commands[i], option, commands[j]);
			}
}
END_TEST

/* Every command that prints data has the options that output needs. */
START_TEST(who_prints_data_has_the_options_for_it)
{
	static const struct {
		const struct command *command;
		const char *options;
	} printing[] = {
		{ &run_command, " output name resolve utc " },
		{ &status_command, " output name " },
		{ &top_command, " name resolve utc all sort " },
		{ &list_command, " output name resolve processes all sort " },
		{ &show_command, " output name resolve processes utc " },
		{ &watch_command, " output name resolve utc " },
		{ &stats_command, " output name resolve utc " },
		{ &flush_command, " output name " },
		{ &replay_command, " output resolve utc " },
	};

	for (size_t i = 0; i < sizeof(printing) / sizeof(printing[0]); i++) {
		char found[512] = " ";

		for (const struct option_group *group = printing[i].command->groups; group->options; group++)
			for (const struct option *option = group->options; option->name; option++)
				strcat(strcat(found, option->name), " ");
		for (const char *p = printing[i].options; p[1]; p = strchr(p + 1, ' ')) {
			char wanted[32];

			snprintf(wanted, sizeof(wanted), "%.*s", (int)(strchr(p + 1, ' ') - p + 1), p);
			ck_assert_msg(strstr(found, wanted), "%s has no --%s", printing[i].command->name, wanted + 1);
		}
	}
}
END_TEST

START_TEST(letters_together)
{
	struct parsed parsed = { 0 };
	struct capture capture;
	char help[8192];

	parse(&parsed, "a -fojson");
	ck_assert(parsed.go);
	ck_assert(parsed.options.fast);
	ck_assert_int_eq(parsed.options.format, OUTPUT_JSON);
	parse(&parsed, "a -fo csv b");
	ck_assert(parsed.go);
	ck_assert_int_eq(parsed.options.format, OUTPUT_CSV);
	ck_assert_int_eq(parsed.arguments.count, 2);
	capture = capture_begin(STDOUT_FILENO);
	parse(&parsed, "a -fh");
	capture_end(&capture, help, sizeof(help));
	ck_assert(!parsed.go);
	ck_assert_int_eq(parsed.status, 0);
	ck_assert_ptr_nonnull(strstr(help, "Go fast."));
}
END_TEST

START_TEST(interfaces)
{
	struct attach_options options = { 0 };
	const char *value[] = { "eth0", "eth1" };
	struct arguments arguments = { .value = value, .count = 2 };
	struct capture capture;
	char logged[256];

	ck_assert_int_eq(attach_options_interfaces(&options, &arguments, &tried), 0);
	ck_assert_int_eq(options.interfaces, 2);
	options.interfaces = 0;
	arguments.value[1] = "eth0";
	capture = capture_begin(STDERR_FILENO);
	ck_assert_int_eq(attach_options_interfaces(&options, &arguments, &tried), EXIT_USAGE);
	capture_end(&capture, logged, sizeof(logged));
	ck_assert_ptr_nonnull(strstr(logged, "'eth0' is given twice"));
}
END_TEST

START_TEST(suggestions)
{
	struct suggestion suggestion;

	suggestion_begin(&suggestion, "atach");
	suggestion_try(&suggestion, "detach");
	suggestion_try(&suggestion, "attach");
	ck_assert_str_eq(suggestion.best, "attach");
	suggestion_begin(&suggestion, "stat");
	suggestion_try(&suggestion, "status");
	ck_assert_str_eq(suggestion.best, "status");
	suggestion_begin(&suggestion, "frobnicate");
	suggestion_try(&suggestion, "status");
	ck_assert_ptr_null(suggestion.best);
	suggestion_begin(&suggestion, "");
	suggestion_try(&suggestion, "status");
	ck_assert_ptr_null(suggestion.best);
}
END_TEST

Suite *options_suite(void)
{
	Suite *suite = suite_create("options");
	TCase *tcase = tcase_create("options");

	tcase_add_test(tcase, options_stand_anywhere);
	tcase_add_test(tcase, dashes_end_options);
	tcase_add_test(tcase, a_minus_and_a_digit_is_no_option);
	tcase_add_test(tcase, directions);
	tcase_add_loop_test(tcase, decap, 0, sizeof(decaps) / sizeof(decaps[0]));
	tcase_add_test(tcase, timeouts);
	tcase_add_test(tcase, names_of_instances);
	tcase_add_test(tcase, ports);
	tcase_add_loop_test(tcase, mistakes_are_told, 0, sizeof(mistakes) / sizeof(mistakes[0]));
	tcase_add_test(tcase, help_comes_from_the_table);
	tcase_add_test(tcase, every_command_has_what_help_prints);
	tcase_add_test(tcase, options_are_spelt_alike);
	tcase_add_test(tcase, who_prints_data_has_the_options_for_it);
	tcase_add_test(tcase, letters_together);
	tcase_add_test(tcase, interfaces);
	tcase_add_test(tcase, suggestions);
	suite_add_tcase(suite, tcase);
	return suite;
}
