// SPDX-License-Identifier: GPL-2.0-only
/* Sources of flows: those that cannot be read, and what is said about them. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "fixture.h"
#include "instance/close.h"
#include "instance/told.h"
#include "query/source_events.h"
#include "suites.h"

/* The same error of another try is not said again: a program that tries for hours says it once. */
START_TEST(errors_of_events_are_told_once)
{
	struct instance_told *told = told_new();
	struct flow_source source = { .instance = told_instance(told) };
	struct source_events events = { .source = &source };
	struct capture capture;
	char logged[1024];

	capture = capture_begin(STDERR_FILENO);
	told->events_err = -EBUSY;
	ck_assert_int_eq(source_events_open(&events), -EBUSY);
	ck_assert_int_eq(source_events_open(&events), -EBUSY);
	told->events_err = -EIO;
	ck_assert_int_eq(source_events_open(&events), -EIO);
	told->events_err = -EBUSY;
	ck_assert_int_eq(source_events_open(&events), -EBUSY);
	ck_assert_str_eq(capture_end(&capture, logged, sizeof(logged)),
			 "synscope: 8 readers watch '' already, which is the maximum\n"
			 "synscope: cannot receive the events of '': Input/output error\n"
			 "synscope: 8 readers watch '' already, which is the maximum\n");
	instance_close(source.instance);
	told_release(told);
}
END_TEST

/* A command closes its sources at its end, whether they could be opened or not. */
START_TEST(closed_twice)
{
	struct flow_sources sources = { .refused = true };

	sources.source = array_new(1, sizeof(*sources.source), "the instances");
	sources.instances = array_new(1, sizeof(struct instance *), "the instances");
	flow_sources_close(&sources);
	flow_sources_close(&sources);
	ck_assert(sources.refused);
}
END_TEST

Suite *source_suite(void)
{
	Suite *suite = suite_create("source");
	TCase *tcase = tcase_create("source");

	tcase_add_test(tcase, errors_of_events_are_told_once);
	tcase_add_test(tcase, closed_twice);
	suite_add_tcase(suite, tcase);
	return suite;
}
