// SPDX-License-Identifier: GPL-2.0-only
/* The API of `serve`: its description, and which instance is asked for. */
#include <stdio.h>
#include <string.h>

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
	tcase_add_test(tests, one_of_several_instances);
	suite_add_tcase(suite, tests);
	return suite;
}
