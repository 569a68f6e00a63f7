// SPDX-License-Identifier: GPL-2.0-only
/* Who may ask `serve` for what. */
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

START_TEST(methods)
{
	static const char *const others[] = {
		"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PATCH", "get", ""
	};
	struct http_request request = site_request("/healthz");
	struct http_response response;

	ck_assert_int_eq(site_status(site, &request), 200);
	request.method = "HEAD";
	ck_assert_int_eq(site_status(site, &request), 200);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		request.method = others[i];
		response = site_answer(site, &request);
		ck_assert_int_eq(response.status, 405);
		ck_assert_str_eq(response.allow, "GET, HEAD");
		site_release(&response);
	}
	ck_assert_uint_eq(site->refusals.count[REFUSAL_METHOD], 9);
}
END_TEST

START_TEST(hosts)
{
	static const char *const ours[] = { "127.0.0.1:9293", "127.0.0.1",	"localhost",  "LOCALHOST:1",
					    "box.example",    "box.example:80", "127.0.0.1:1" };
	static const char *const foreign[] = { "evil.example",	   "evil.example:9293", "127.0.0.1.evil.example",
					       "127.0.0.2",	   "localhost:",	"localhost:x",
					       "localhost:123456", "localhost@evil",	"",
					       "[::1]:9293",	   "box.example.",	"127.0.0.1:9293:1",
					       "[127.0.0.1]" };
	static const char *const names[] = { "box.example" };
	struct http_request request = site_request("/healthz");

	site->gate.hosts = names;
	site->gate.host_count = 1;
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		request.host = ours[i];
		ck_assert_msg(site_status(site, &request) == 200, "%s", ours[i]);
	}
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		request.host = foreign[i];
		ck_assert_msg(site_status(site, &request) == (strcmp(foreign[i], "localhost:") != 0 ? 421 : 200), "%s",
			      foreign[i]);
	}
	request.host = NULL;
	ck_assert_int_eq(site_status(site, &request), 421);
	strcpy(request.local, "[::1]");
	request.host = "[::1]:9293";
	ck_assert_int_eq(site_status(site, &request), 200);
	*request.local = '\0'; /* a unix socket */
	ck_assert_int_eq(site_status(site, &request), 421);
	request.host = "localhost";
	ck_assert_int_eq(site_status(site, &request), 200);
}
END_TEST

START_TEST(origins)
{
	static const char *const foreign[] = {
		"http://evil.example",	 "null",	  "", "http://127.0.0.1", "http://127.0.0.1:9293.evil",
		"file://127.0.0.1:9293", "127.0.0.1:9293"
	};
	struct http_request request = site_request("/api/v1/flows");

	request.origin = "http://127.0.0.1:9293";
	ck_assert_int_eq(site_status(site, &request), 200);
	request.origin = "https://127.0.0.1:9293"; /* a proxy has TLS */
	ck_assert_int_eq(site_status(site, &request), 200);
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		request.origin = foreign[i];
		ck_assert_msg(site_status(site, &request) == 403, "%s", foreign[i]);
	}
	ck_assert_uint_eq(site->refusals.count[REFUSAL_ORIGIN], sizeof(foreign) / sizeof(foreign[0]));
}
END_TEST

START_TEST(tokens)
{
	static const char *const wrong[] = { NULL,
					     "",
					     "Bearer",
					     "Bearer ",
					     "Bearer 0123456789abcde",
					     "0123456789abcdef",
					     "Bearer 0123456789abcdef0",
					     "Bearer 0123456789abcdeF",
					     "Basic 0123456789abcdef",
					     "Bearer 0123456789abcdef0123456789abcdef" };
	struct http_request request = site_request("/api/v1/flows");
	struct http_response response;

	strcpy(site->gate.token, "0123456789abcdef");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		request.authorization = wrong[i];
		response = site_answer(site, &request);
		ck_assert_int_eq(response.status, 401);
		ck_assert_str_eq(response.authenticate, "Bearer realm=\"synscope\"");
		site_release(&response);
	}
	request.authorization = "bearer 0123456789abcdef";
	ck_assert_int_eq(site_status(site, &request), 200);
	request.authorization = NULL;
	for (const struct route *route = routes; route->path; route++) { /* nothing with data is open */
		request.target = route->path;
		ck_assert_msg(site_status(site, &request) == 401, "%s", route->path);
	}
	request.target = "/";
	ck_assert_int_eq(site_status(site, &request), 200);
}
END_TEST

START_TEST(odd_requests)
{
	struct http_request request = site_request("/healthz");

	request.has_body = true;
	ck_assert_int_eq(site_status(site, &request), 413);
	request.has_body = false;
	request.repeats = true;
	ck_assert_int_eq(site_status(site, &request), 400);
	request.repeats = false;
	request.header_bytes = HTTP_HEADER_MAX + 1;
	ck_assert_int_eq(site_status(site, &request), 431);
	ck_assert_uint_eq(site->refusals.count[REFUSAL_HEADER], 1);
	request.header_bytes = HTTP_HEADER_MAX;
	ck_assert_int_eq(site_status(site, &request), 200);
	request.metrics_only = true; /* no address of anybody is there */
	for (const struct route *route = routes; route->path; route++) {
		request.target = route->path;
		ck_assert_msg(!strcmp(route->path, "/metrics") || site_status(site, &request) == 404, "%s",
			      route->path);
	}
	request.target = "/";
	ck_assert_int_eq(site_status(site, &request), 404);
}
END_TEST

Suite *gate_suite(void)
{
	Suite *suite = suite_create("gate");
	TCase *tests = tcase_create("gate");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, methods);
	tcase_add_test(tests, hosts);
	tcase_add_test(tests, origins);
	tcase_add_test(tests, tokens);
	tcase_add_test(tests, odd_requests);
	suite_add_tcase(suite, tests);
	return suite;
}
