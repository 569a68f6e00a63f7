// SPDX-License-Identifier: GPL-2.0-only
/* /metrics of `serve`: which format a request gets, and who may see what. */
#include <string.h>

#include "serve_site.h"
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

/* What a request for metrics with this Accept gives, through --metrics-listen or not, has the text. */
static void metrics_say(const char *accept, bool metrics_only, const char *type, const char *text)
{
	struct http_request request = site_request("/metrics");
	struct http_response response;

	request.accept = accept;
	request.metrics_only = metrics_only;
	response = site_answer(site, &request);
	ck_assert_int_eq(response.status, 200);
	ck_assert_msg(strstr(response.body->type, type), "%s", response.body->type);
	if (text)
		ck_assert_ptr_nonnull(memmem(response.body->data, response.body->size, text, strlen(text)));
	site_release(&response);
}

/* Formats are kept apart, also those that are asked for at the same time. */
START_TEST(metrics_in_each_format)
{
	struct http_request request;

	for (int round = 0; round < 2; round++) {
		metrics_say(NULL, false, "openmetrics", "# EOF");
		metrics_say("text/plain", false, "text/plain; version=0.0.4",
			    "# TYPE synscope_flows_created_total counter");
		metrics_say("application/vnd.google.protobuf", false, "protobuf", NULL);
	}
	request = site_request("/metrics?x=1");
	ck_assert_int_eq(site_status(site, &request), 400);
}
END_TEST

/* Exemplars have addresses, which --metrics-listen shows nobody, whoever asked before. */
START_TEST(metrics_for_everybody)
{
	struct metric_exemplar *exemplar = &site_tracker()->told.exemplar[LATENCY_HANDSHAKE][0];
	struct http_request request = site_request("/metrics");
	struct http_response response;

	strcpy(exemplar->flow, "10.0.0.1:40000-10.0.0.2:443");
	exemplar->place = SERVER_PORT_OTHER;
	metrics_say(NULL, false, "openmetrics", "# {flow=\"10.0.0.1:40000-10.0.0.2:443\"}");
	strcpy(site->gate.token, "a token that nobody has");
	ck_assert_int_eq(site_status(site, &request), 401);
	request.metrics_only = true;
	response = site_answer(site, &request);
	ck_assert_int_eq(response.status, 200);
	ck_assert_ptr_null(memmem(response.body->data, response.body->size, "10.0.0.1", 8));
	site_release(&response);
}
END_TEST

Suite *serve_metrics_suite(void)
{
	Suite *suite = suite_create("serve_metrics");
	TCase *tests = tcase_create("serve_metrics");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, metrics_in_each_format);
	tcase_add_test(tests, metrics_for_everybody);
	suite_add_tcase(suite, tests);
	return suite;
}
