// SPDX-License-Identifier: GPL-2.0-only
// The columns of services with round trips: there with --rtt, and only then.
import assert from "node:assert/strict";
import { INSTANCE, synscope, until } from "./lab.mjs";

// open(): the page; rows(panel): the texts of its table.
export async function roundTripsOfServices(page, open, rows) {
	const seen = () =>
		page.$$eval("#failures-table th.optional", (heads) =>
			heads.filter((head) => head.checkVisibility()).map((head) => head.textContent),
		);

	await open();
	await until("the round trips are seen", async () => (await seen()).length === 4);
	assert.deepEqual(await seen(), ["Client round trip p50", "p99", "Server round trip p50", "p99"]);
	const [service] = JSON.parse(
		synscope("stats", "--name", INSTANCE, "--by", "server-port", "-o", "json"),
	).filter(({ rtt }) => rtt.server_ns.count);
	const row = (await rows("failures")).find(([port]) => port === service.key);

	assert.match(row.at(-2), /^[0-9.]+ (µs|ms)$/);
	await page.route("**/api/v1/stats*", async (route) => {
		const response = await route.fetch();
		const services = (await response.json()).map((one) => ({ ...one, rtt: null }));

		await route.fulfill({ response, json: services });
	});
	await open();
	await page.waitForSelector("#failures-table tbody tr");
	assert.deepEqual(await seen(), [], "round trips without --rtt");
	await page.unrouteAll({ behavior: "wait" }); // an answer may be on its way
}
