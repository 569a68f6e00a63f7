// SPDX-License-Identifier: GPL-2.0-only
// test.mjs [NAME...]: the tests of the page, or these, in this order. WEB_SHOTS=DIRECTORY keeps screenshots.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { axeSource, countsOf, equal, flows, INSTANCE, openBrowser, Serve, synscope, until } from "./lab.mjs";
import { rareAnswers } from "./answers.mjs";
import { tenViewers } from "./cost.mjs";
import { helpHasItsKeys } from "./help.mjs";
import { severalInstances } from "./instances.mjs";
import { dictionariesAreComplete, pageIsKorean } from "./languages.mjs";
import { roundTripsOfServices } from "./round_trips.mjs";
import { connectionsEqualList } from "./sorts.mjs";
import { ageIsTheServers, serverGoneAndBack, serverHangs } from "./time.mjs";
import * as traffic from "./traffic.mjs";

const PAGE_BYTES_MAX = 60 * 1024;
const client4 = "10.0.0.1";
const serve = new Serve();
const problems = []; // what the browser's console says
let context,
	page,
	expectsFailures = false;

// ---- the page

function listen(opened) {
	opened.on("console", (message) => {
		if (
			message.type() === "error" &&
			!(expectsFailures && message.text().startsWith("Failed to load resource"))
		)
			problems.push(message.text());
	});
	opened.on("pageerror", (error) => problems.push(error.stack));
	return opened;
}

async function open(query = "") {
	await page.goto(serve.url + query);
	await page.waitForSelector("#flows-note:not(:empty)");
}

const rows = (panel) =>
	page.$$eval(`#${panel}-table tbody tr`, (all) =>
		all.map((row) => [...row.cells].map((cell) => cell.textContent)),
	);
const parameters = () => new URL(page.url()).searchParams;
const shot = async (name, of = page) =>
	process.env.WEB_SHOTS && of.screenshot({ path: join(process.env.WEB_SHOTS, `${name}.png`) });

async function countsOfPage() {
	const counts = {};

	for (const [state, client, server] of await rows("states")) {
		if (client !== "0") counts[`${state} client`] = Number(client);
		if (server !== "0") counts[`${state} server`] = Number(server);
	}
	return counts;
}

async function axe() {
	await page.evaluate(readFileSync(axeSource, "utf8"));
	const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
	const serious = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));

	assert.deepEqual(
		serious.map(
			({ id, nodes }) =>
				`${id}: ${nodes.slice(0, 3).map(({ html, failureSummary }) => html + failureSummary)}`,
		),
		[],
	);
}

// ---- tests, in the order in which they run

const tests = {
	async no_connections_yet() {
		await open();
		assert.match(await page.textContent("#flows-table"), /No connections are open/);
		assert.match(await page.textContent("#failures-table"), /No connect was seen yet/);
		assert.match(await page.textContent("#heat"), /No handshake was finished/);
		await traffic.make();
	},

	async states_equal_list() {
		await open();
		await until("the states are those of `synscope list --all`", async () => {
			const before = countsOf(flows());
			const shown = await countsOfPage();

			return equal(before, shown) && equal(before, countsOf(flows()));
		});
		const drawn = await page.$$eval(".machine", (all) =>
			all.map((svg) =>
				[...svg.querySelectorAll("g")].map((box) =>
					[...box.querySelectorAll("text")].map((text) => text.textContent),
				),
			),
		);
		const counts = await countsOfPage();

		["client", "server"].forEach((side, i) =>
			drawn[i].forEach(([state, count]) =>
				assert.equal(Number(count), counts[`${state} ${side}`] ?? 0, `${side} ${state}`),
			),
		);
	},

	connections_equal_list: () => connectionsEqualList(page, open, rows),

	async arrows_show_what_passes() {
		await open();
		await until("the page has the states", async () =>
			/changes a second/.test(await page.textContent("#states-note")),
		);
		await traffic.connect("moving", 8443);
		await until("an arrow into ESTABLISHED is wide", () =>
			page
				.$eval(".machine path.moving", (path) => path.getAttribute("stroke-width") > 1)
				.catch(() => false),
		);
	},

	async refused_port_is_a_failure() {
		await open();
		const row = await until("port 81 is among the failures", async () =>
			(await rows("failures")).find(([port]) => /\b81$/.test(port)),
		);

		assert.equal(row[4], "2");
		assert.equal(row[9], client4);
		await page.click("#failures-table a:text-matches('\\\\b81$')");
		await until("its connections are listed", async () => (await rows("flows")).length === 2);
		assert.equal(parameters().get("filter"), "server port 81 and failed");
		assert.ok((await rows("flows")).every((cells) => cells[4] === "refused"));
	},

	async slowest_service_is_first() {
		await open();
		const asked = page.waitForRequest((request) => request.url().includes("by=server-port&sort=p99"));

		await page.click("#failures-table th button:text('p99')");
		await asked;
		const expected = JSON.parse(
			synscope("stats", "--name", INSTANCE, "--by", "server-port", "--sort", "p99", "-o", "json"),
		).map(({ key }) => key);

		await until("the services are in the order of `synscope stats --sort p99`", async () => {
			const shown = (await rows("failures")).map(([port]) => port).filter((port) => /^\d+$/.test(port));

			return shown.length > 2 && shown.join() === expected.filter((key) => key !== "other").join();
		});
		assert.equal(parameters().get("services"), "p99");
		assert.equal(await page.$eval("#failures-table th[aria-sort]", (head) => head.textContent), "p99");
		await page.goBack();
		await until("the most failures are first again", async () =>
			/^other/.test((await rows("failures"))[0]?.[0]),
		);
	},

	round_trips_of_services: () => roundTripsOfServices(page, open, rows),
	rare_answers: () => rareAnswers(page, open, rows),

	async latencies_have_numbers() {
		await open();
		await page.click("#latency .as-table");
		await until("the latencies have percentiles", async () =>
			(await rows("latency")).some((cells) => Number(cells[1]) > 0 && /[µm]s$/.test(cells[2])),
		);
		await page.click("#latency .as-table");
		await page.waitForSelector("#heat canvas");
		assert.ok(
			await page.$$eval("#heat canvas", (all) =>
				all.every((canvas) =>
					canvas
						.getContext("2d")
						.getImageData(0, 0, canvas.width, canvas.height)
						.data.some((byte) => byte),
				),
			),
		);
	},

	async by_keyboard_alone() {
		const press = (...keys) =>
			keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());

		await open();
		await press("/");
		await page.keyboard.type("server port 80");
		await press("Enter", "a");
		await until("one connection matches", async () => (await rows("flows")).length === 1);
		assert.equal(parameters().get("filter"), "server port 80");
		assert.equal(parameters().get("all"), "1");
		await press(">");
		assert.equal(parameters().get("sort"), "first_seen");
		await press("<", "B");
		assert.equal(parameters().get("sort"), "bytes");
		assert.equal(await page.$eval("#flows-table th[aria-sort]", (head) => head.textContent), "Bytes");
		await press("j", "Enter");
		await page.waitForSelector("#drawer .ladder");
		assert.equal(await page.evaluate(() => document.activeElement.id), "drawer-title");
		const command = await page.textContent("#show-command");
		const ladder = await page.$$eval(".ladder tbody tr", (all) => all.map((row) => row.textContent));

		assert.match(ladder[0], /SYN_SENTSYNLISTEN/);
		assert.match(ladder.at(-1), /TIME_WAITACKCLOSED/);
		const flow = JSON.parse(
			execFileSync("bash", [
				"-c",
				`${command.replace(/^synscope/, `${process.env.BUILD}/synscope`)} -o json`,
			]),
		);

		assert.deepEqual(ladder.filter((text) => !text.includes("not kept")).length, flow.ladder.steps.length);
		await shot("ladder");
		await press("q");
		assert.equal(await page.isVisible("#drawer"), false);
		assert.ok(
			await page.evaluate(() => document.activeElement.matches("#flows-table a")),
			"the focus is back in the row",
		);
		await press("?");
		assert.ok(await page.isVisible("#help"));
		await press("Escape", "Space");
		assert.equal(await page.textContent("#pause"), "Paused");
		await press("Space", "3");
		assert.equal(await page.evaluate(() => document.activeElement.id), "failures-title");
		await press("1", "t");
		assert.ok(await page.isVisible("#states-table table"));
	},

	help_has_its_keys: () => helpHasItsKeys(page, open),

	async address_keeps_the_view() {
		await open("?filter=server+port+80&sort=bytes&all=1");
		await page.click("#flows-table tbody a");
		await page.waitForSelector("#drawer .ladder");
		const address = page.url();

		await page.reload();
		await page.waitForSelector("#drawer .ladder");
		assert.equal(page.url(), address);
		assert.equal(await page.inputValue("#filter"), "server port 80");
		await page.goBack();
		await until("the back button closes the ladder", async () => !(await page.isVisible("#drawer")));
		await page.keyboard.press("H");
		await page.goBack();
		await until(
			"the back button restores the sort",
			async () => (await page.$eval("#flows-table th[aria-sort]", (head) => head.textContent)) === "Bytes",
		);
	},

	async mistakes_in_filters() {
		expectsFailures = true;
		await open();
		await page.fill("#filter", "server port 80 and stat closed");
		await page.waitForSelector("#filter-error:not([hidden])");
		const shown = (await page.textContent("#filter-error")).split("\n");
		let said;

		try {
			synscope("list", "--name", INSTANCE, "server port 80 and stat closed");
		} catch ({ stderr }) {
			said = stderr;
		}
		assert.equal(shown[0], "server port 80 and stat closed");
		assert.equal(shown[1].indexOf("^"), shown[0].indexOf("stat"));
		assert.ok(
			said.replaceAll(/\s+/g, " ").includes(shown[2].replaceAll(/\s+/g, " ")),
			`${shown[2]} is not in ${said}`,
		);
		await page.focus("#filter");
		await page.keyboard.press("Escape");
		await page.waitForSelector("#filter-error", { state: "hidden" });
		await page.goto(`${serve.url}?filter=${encodeURIComponent("<img src=x onerror=alert(1)>")}`);
		await page.waitForSelector("#filter-error:not([hidden])");
		assert.equal(await page.$("img"), null);
	},

	age_is_the_servers: async () => ageIsTheServers(listen(await context.newPage()), serve.url),

	async flow_that_is_gone() {
		expectsFailures = true;
		await open("?flow=10.9.9.9:1-10.9.9.8:2");
		await until("the page says that it is not there", async () =>
			/no flow/i.test(await page.textContent("#drawer .bad")).valueOf(),
		);
	},

	async reads_little() {
		const requests = new Map();

		await open();
		page.on("request", (request) => {
			const path = request.url().slice(serve.url.length);

			requests.set(path, (requests.get(path) ?? 0) + 1);
		});
		await page.waitForTimeout(6500);
		page.removeAllListeners("request");
		assert.ok(![...requests.keys()].some((path) => path.includes("/events")), "no page reads the events");
		for (const [path, count] of requests)
			assert.ok(count <= 4, `${path} was asked for ${count} times in 6.5 s`);
		for (const path of requests.keys())
			assert.ok(
				!path.startsWith("api/v1/flows?") ||
					Number(new URLSearchParams(path.slice(13)).get("limit")) <= 100,
				path,
			);
	},

	async hidden_tab_asks_for_nothing() {
		const second = listen(await context.newPage()),
			asked = [];

		await open();
		await second.goto(serve.url);
		await second.waitForSelector("#flows-note:not(:empty)");
		await second.evaluate(() => {
			Object.defineProperty(document, "visibilityState", { value: "hidden" });
			document.dispatchEvent(new Event("visibilitychange"));
		});
		second.on("request", (request) => asked.push(request.url()));
		await page.waitForTimeout(5000);
		assert.deepEqual(asked, []);
		await second.close();
	},

	server_hangs: async () => serverHangs(await context.newPage(), serve),

	async server_gone_and_back() {
		expectsFailures = true;
		await open();
		await serverGoneAndBack(page, serve, () => shot("gone"));
		await until("the page shows what came meanwhile", async () =>
			(await rows("flows")).some((cells) => cells[1].endsWith(":7443")),
		);
	},

	async fits_and_is_readable() {
		for (const colorScheme of ["light", "dark"]) {
			await page.emulateMedia({
				colorScheme,
				reducedMotion: colorScheme === "dark" ? "reduce" : "no-preference",
			});
			for (const width of [400, 1600]) {
				await page.setViewportSize({ width, height: 900 });
				await open("?all=1");
				await page.waitForSelector("#failures-table tbody tr");
				const over = await page.evaluate(
					() => document.documentElement.scrollWidth - innerWidth,
				);

				assert.ok(over <= 0, `at ${width} the page is ${over} too wide`);
				await shot(`${colorScheme}-${width}`);
			}
			await axe();
			for (const button of await page.$$(".as-table")) await button.click();
			await page.click("#flows-table tbody a");
			await page.waitForSelector("#drawer .ladder");
			await page.keyboard.press("?");
			await axe();
		}
		const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
		const dark = await ground();

		await page.keyboard.press("Escape");
		await page.keyboard.press("q");
		await page.click("#theme");
		assert.equal(await ground(), dark, "the first choice is dark");
		await page.click("#theme");
		assert.notEqual(await ground(), dark);
		await page.click("#theme");
		await page.emulateMedia({ colorScheme: "light", reducedMotion: "no-preference" });
	},

	async small_and_from_here_alone() {
		const directory = "user/serve/page";
		const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) =>
			entry.isFile(),
		);
		const size = files.reduce(
			(sum, entry) =>
				sum +
				gzipSync(readFileSync(join(entry.parentPath ?? entry.path, entry.name)), { level: 9 })
					.length,
			0,
		);
		const asked = [];

		assert.ok(size < PAGE_BYTES_MAX, `the page has ${size} bytes, compressed`);
		page.on("request", (request) => asked.push(request.url()));
		await open();
		page.removeAllListeners("request");
		assert.deepEqual(
			asked.filter((url) => !url.startsWith(serve.url)),
			[],
		);
	},

	dictionaries_are_complete: dictionariesAreComplete,
	async page_is_korean() {
		await pageIsKorean(listen(await context.newPage()), serve.url, (of, name) => shot(name, of));
	},

	async several_instances() {
		expectsFailures = true; // of mistakes in filters
		await severalInstances(page, open, rows);
	},

	async a_million_flows() {
		if (!process.env.MILLION) return "2 GB of memory are not available";
		const network = await context.newCDPSession(page);
		let bytes = 0;

		await traffic.fill();
		await page.goto("about:blank");
		const begun = Date.now();

		await page.goto(serve.url, { waitUntil: "commit" });
		await page.waitForSelector("#facts li");
		const painted = await page.evaluate(
			() => performance.getEntriesByName("first-contentful-paint")[0].startTime,
		);

		await page.waitForSelector("#flows-table tbody tr");
		const filled = Date.now() - begun;

		await page.waitForTimeout(5000);
		await network.send("Network.enable");
		network.on("Network.loadingFinished", (request) => (bytes += request.encodedDataLength));
		const stop = await traffic.begin();

		await page.waitForTimeout(20000);
		await network.detach();
		const connections = await stop();

		console.log(
			`        first paint after ${Math.round(painted)} ms, connections after ${filled} ms, ` +
				`${bytes / 20} bytes/s with ${connections / 20} connections/s`,
		);
		console.log(`        ${await tenViewers(page, serve.url, process.env.BUILD, `${process.env.LAB}-million`)}`);
		assert.ok(bytes > 0 && bytes / 20 < 5120, `a viewer takes ${bytes / 20} bytes/s`);
		assert.match(await page.textContent("#facts"), /flows 1,0\d\d,\d{3}/);
		assert.ok((await rows("flows")).length === 100);
	},

	async instance_detached() {
		await open();
		synscope("detach", "--all");
		await until("the page says so", async () =>
			/No instance is attached/.test(await page.textContent("#notice")),
		);
		await until("it shows no connection", async () => (await rows("flows")).length === 0);
	},
};

let passed = 0,
	failed = 0,
	skipped = 0;
const chosen = process.argv.slice(2);

await serve.begin();
context = await openBrowser({ viewport: { width: 1600, height: 1000 } });
page = listen(context.pages()[0] ?? (await context.newPage()));
for (const [name, test] of Object.entries(tests)) {
	if (chosen.length && !chosen.includes(name) && name !== "no_connections_yet") continue;
	const begun = Date.now();

	problems.length = 0;
	expectsFailures = false;
	try {
		const skips = await test();

		if (skips) {
			skipped++;
			console.log(`skipped ${name}: ${skips}`);
			continue;
		}
		assert.deepEqual(problems, [], "the console has errors");
		passed++;
		console.log(`ok      ${name} (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
	} catch (error) {
		failed++;
		console.log(`FAILED  ${name}: ${error.stack}`);
		if (serve.process.exitCode != null) await serve.begin();
	}
}
await context.close();
await serve.end();
traffic.end();
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed ? 1 : 0;
