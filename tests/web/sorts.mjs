// SPDX-License-Identifier: GPL-2.0-only
// Has the page the keys of `top`, with their letters, and is each the order of `list --sort`?
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { flows, until } from "./lab.mjs";

// {letter: key}, but for the rates, which take two readings.
function lettersOfTop() {
	const keys = Object.fromEntries(
		[...readFileSync("user/query/order.c", "utf8").matchAll(/\[(SORT_\w+)\] = "(\w+)"/g)].map((match) =>
			match.slice(1),
		),
	);

	return Object.fromEntries(
		[...readFileSync("user/top/keys.c", "utf8").matchAll(/\{ '([A-Z])', (SORT_\w+) \}/g)]
			.map(([, letter, sort]) => [letter, keys[sort]])
			.filter(([, key]) => !key.endsWith("_rate")),
	);
}

// open(query): goes to the page. rows(panel): the texts of its cells.
export async function connectionsEqualList(page, open, rows) {
	await open();
	const sorts = await page.evaluate(async () => (await import("./sorts.js")).SORTS);
	const letters = lettersOfTop();

	assert.ok(sorts.length >= 19);
	assert.deepEqual(Object.fromEntries(sorts.map(({ letter, key }) => [letter, key])), letters);
	for (const { key, title } of sorts) {
		await open(`?all=1&sort=${key}`);
		await until(`the connections are those of \`synscope list --all --sort ${key}\``, async () => {
			const shown = (await rows("flows")).map(
				(cells) => `${cells[0].split(":").at(-1)} ${cells[1].split(":").at(-1)} ${cells[4]}`,
			);
			const expected = flows("--sort", key).map(
				({ client, server, outcome }) => `${client.port} ${server.port} ${outcome.replaceAll("_", " ")}`,
			);

			return shown.join() === expected.join();
		});
		assert.match(await page.textContent("#flows-note"), new RegExp(`by ${title}$`));
	}
}
