// SPDX-License-Identifier: GPL-2.0-only
/* The API of `serve`: its description, and which instance is asked for. */
#include <stdio.h>
#include <string.h>

#include "serve/stats_api.h"
#include "serve_answers.h"
#include "suites.h"

static struct site *site;

static void setup(void)
{
	site = site_begin();
}

static void teardown(void)
{
	site_end(site);
}

START_TEST(description) /* has every path and every parameter; test_serve.sh asks for what it has */
{
	struct http_request request = site_request("/api/v1/openapi.json");
	struct http_response response = site_answer(site, &request);

	ck_assert_int_eq(response.status, 200);
	for (const struct route *route = routes; route->path; route++) {
		char text[128];

		snprintf(text, sizeof(text), "\"%s%s\": {", route->path,
			 route->path[strlen(route->path) - 1] == '/' ? "{id}" : "");
		answer_says(&response, text);
		for (const struct param *param = route->params; param && param->name; param++) {
			snprintf(text, sizeof(text), "\"name\": \"%s\"", param->name);
			answer_says(&response, text);
		}
	}
	site_release(&response);
}
END_TEST

/* Does the server take this value? What the parameter needs beside it is added. */
static bool takes(const struct route *route, const struct param *param, const char *value)
{
	bool of_groups = route->params == stats_params && strcmp(param->name, "by") != 0;
	struct http_request request;
	char target[128];

	snprintf(target, sizeof(target), "%s?%s=%s%s", route->path, param->name, value,
		 of_groups ? "&by=server-port" : "");
	request = site_request(target);
	return site_status(site, &request) == 200;
}

/* The values that the description has for a parameter are those that the server takes. */
static void check_choices(const char *described, const struct route *route, const struct param *param)
{
	char text[128];
	const char *end;
	int count = 0;

	snprintf(text, sizeof(text), "\"%s\": {", route->path);
	described = strstr(described, text);
	snprintf(text, sizeof(text), "\"name\": \"%s\"", param->name);
	described = strstr(strstr(described, text), "\"enum\": [");
	end = strchr(described, ']');
	for (const char *const *choice = param->choices; *choice; choice++) {
		const char *at;

		snprintf(text, sizeof(text), "\"%s\"", *choice);
		at = strstr(described, text);
		ck_assert_msg((at && at < end) == takes(route, param, *choice), "%s: %s", param->name, *choice);
		count += at && at < end;
	}
	for (described = strchr(described, '['); described < end; described = strpbrk(described + 1, ",]"))
		count--;
	ck_assert_msg(!count, "%s has values that the server does not know", param->name);
}

START_TEST(described_choices)
{
	struct http_request request = site_request("/api/v1/openapi.json");
	struct http_response response = site_answer(site, &request);

	answer_says(&response, "\"enum\"");
	for (const struct route *route = routes; route->path; route++)
		for (const struct param *param = route->params; param && param->name; param++)
			if (param->kind == PARAM_CHOICE)
				check_choices(response.body->data, route, param);
	site_release(&response);
}
END_TEST

START_TEST(one_of_several_instances)
{
	static const char flow[] = "/api/v1/flows/10.0.0.1:1002-10.0.0.2:443";
	char target[128];

	site_add_instance(site);
	ck_assert_int_eq(count_in_target(site, "/api/v1/flows?all=1", "\"id\":"), 2 * SITE_FLOWS);
	ck_assert_int_eq(count_in_target(site, "/api/v1/flows?all=1&instance=eth1", "\"instance\":\"eth1\""),
			 SITE_FLOWS);
	ck_assert_int_eq(count_in_target(site, "/api/v1/flows?all=1&instance=eth1", "\"instance\":\"eth0\""), 0);
	ck_assert_int_eq(count_in_target(site, "/api/v1/flows?all=1&instance=", "\"id\":"), 2 * SITE_FLOWS);
	ck_assert_int_eq(count_in_target(site,
					 "/api/v1/flows?instance=eth1&filter=client+port+1002+or+client+port+1003",
					 "\"id\":"),
			 2);
	target_gives(site, "/api/v1/flows?instance=eth", 404,
		     "no instance 'eth' is served; /api/v1/status shows those that are");
	target_gives(site, "/api/v1/flows?instance=eth1&filter=port+1+or", 400, "column 10;");
	for (int i = 0; i < 2; i++) {
		char instance[64];

		snprintf(target, sizeof(target), "%s?instance=eth%d", flow, i);
		snprintf(instance, sizeof(instance), "\"instance\":\"eth%d\"", i);
		target_gives(site, target, 200, instance);
	}
	snprintf(target, sizeof(target), "%s?instance=eth2", flow);
	target_gives(site, target, 404, "no instance 'eth2' is served");
	target_gives(site, "/api/v1/flows/10.0.0.1:1-10.0.0.2:443?instance=eth1", 404,
		     "no flow '10.0.0.1:1-10.0.0.2:443'");
}
END_TEST

Suite *serve_api_suite(void)
{
	Suite *suite = suite_create("serve_api");
	TCase *tests = tcase_create("serve_api");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, description);
	tcase_add_test(tests, described_choices);
	tcase_add_test(tests, one_of_several_instances);
	suite_add_tcase(suite, tests);
	return suite;
}
