// SPDX-License-Identifier: GPL-2.0-only
// What the page makes of answers that real connections seldom lead to.
import { until } from "./lab.mjs";

// From now on answers to such a path are changed: change(data).
async function changed(page, path, change) {
	await page.route(path, async (route) => {
		const response = await route.fetch();

		await route.fulfill({ response, json: change(await response.json()) });
	});
}

const facts = (page) => page.$$eval("#facts li", (all) => all.map((fact) => fact.textContent));

async function tableIsFull(page, open) {
	let used;

	await changed(page, "**/api/v1/status", (all) => all.map((one) => ({ ...one, used, max_flows: 1000, slots: 2000 })));
	for (const [flows, fact] of [[1000, "table 50.00 % full"], [1500, "⚠ table 75.00 % full"]]) {
		used = flows;
		await open();
		await until(`${flows} of 2000 slots are: ${fact}`, async () => (await facts(page)).includes(fact));
	}
}

// open(query): goes to the page. rows(panel): the texts of its cells.
export async function rareAnswers(page, open, rows) {
	for (const test of [tableIsFull]) {
		await test(page, open, rows);
		await page.unrouteAll({ behavior: "wait" });
	}
}
