// SPDX-License-Identifier: GPL-2.0-only
#include "serve_answers.h"

#include <check.h>
#include <string.h>

void answer_says(const struct http_response *response, const char *text)
{
	ck_assert_ptr_nonnull(response->body);
	ck_assert_ptr_nonnull(response->body->data);
	response->body->data[response->body->size] = '\0'; /* there is room for one more byte */
	ck_assert_msg(strstr(response->body->data, text), "'%s' is not in: %s", text, response->body->data);
}

void target_gives(struct site *site, const char *target, int status, const char *text)
{
	struct http_request request = site_request(target);
	struct http_response response = site_answer(site, &request);

	ck_assert_msg(response.status == status, "%s: %d", target, response.status);
	answer_says(&response, text);
	site_release(&response);
}

int count_in_target(struct site *site, const char *target, const char *text)
{
	struct http_request request = site_request(target);
	struct http_response response = site_answer(site, &request);
	int count = 0;

	ck_assert_int_eq(response.status, 200);
	answer_says(&response, "");
	for (const char *at = response.body->data; (at = strstr(at, text)); at++)
		count++;
	site_release(&response);
	return count;
}
