// SPDX-License-Identifier: GPL-2.0-only
// Two instances that see the same connection: which of them is a row of, and the ladder?
import assert from "node:assert/strict";
import { equal, INSTANCE, synscope, until } from "./lab.mjs";
import { connect } from "./traffic.mjs";

const OTHER = `${process.env.LAB}-other`;
const PORT = 7444;

// A mistake in the filter is marked where it is, counted in characters, also when an instance is chosen.
async function mistakeIsMarked(page, filter, mistake) {
	await page.fill("#filter", filter);
	await until(`${filter} is marked`, async () => {
		const [shown, mark] = (await page.textContent("#filter-error")).split("\n");

		return shown === filter && mark?.indexOf("^") === filter.indexOf(mistake);
	});
}

// open(query): goes to the page. rows(panel): the texts of its cells.
export async function severalInstances(page, open, rows) {
	const columnIsSeen = () =>
		page.$eval(
			"#flows-table th.optional",
			(head) => head.textContent === "Instance" && head.checkVisibility(),
		);
	const instances = async () => (await rows("flows")).map((cells) => cells.at(-1)).sort();

	await open();
	assert.equal(await columnIsSeen(), false, "a column for a single instance");
	synscope("attach", "eth0", "--netns", `${process.env.LAB}-client`, "--name", OTHER);
	await connect("twice", PORT);
	await open(`?filter=server+port+${PORT}`);
	await until("both have the connection", async () => equal(await instances(), [OTHER, INSTANCE].sort()));
	await until("there is a column for the instance", columnIsSeen);
	for (const instance of [OTHER, INSTANCE]) {
		await page.$eval(`#flows-table tbody tr:has(td:text-is("${instance}")) a`, (link) => link.click());
		await until(`the ladder is that of ${instance}`, async () =>
			(await page.$$eval("#drawer tr", (all) => all.map((row) => row.textContent))).includes(
				`Instance${instance}`,
			),
		);
		assert.equal(new URL(page.url()).searchParams.get("flow_instance"), instance);
		assert.match(await page.textContent("#show-command"), new RegExp(`^synscope show --name ${instance} `));
		await until("its row is marked, and no other", async () => {
			const marked = await page.$$eval("#flows-table tr:has([aria-current])", (all) =>
				all.map((row) => row.lastElementChild.textContent),
			);

			return marked.join() === instance;
		});
	}
	await page.keyboard.press("q");
	assert.equal(new URL(page.url()).searchParams.get("flow_instance"), null);
	await page.selectOption("#instance", OTHER);
	await until("the connection of one is left", async () => (await instances()).join() === OTHER);
	await mistakeIsMarked(page, `port ${PORT}) or (port 80`, ")");
	await mistakeIsMarked(page, 'instance "éü" and stat closed', "stat");
	await page.fill("#filter", "");
	synscope("detach", OTHER);
	await until("the page says that it is gone", async () =>
		(await page.textContent("#notice")).includes(`${OTHER} is no longer attached`),
	);
	await until("it has no connections", async () => (await rows("flows")).length === 0);
	await page.selectOption("#instance", "");
	await until("those of the other are there again", async () => (await rows("flows")).length > 0);
}
