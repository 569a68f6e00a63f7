// SPDX-License-Identifier: GPL-2.0-only
// Is each text of the page in its dictionaries, those that say("…") has in the sources, and those of index.html? And is
// what is seen in Korean all Korean?
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { until } from "./lab.mjs";

const DIRECTORY = "user/serve/page";
const NAMES = ["synscope", "English", "API"];
const LANGUAGES = ["ko"];

function texts() {
	const found = new Set();
	const html = readFileSync(join(DIRECTORY, "index.html"), "utf8").replace(
		/<!--[^]*?-->|<head>[^]*<\/head>/g,
		"",
	);

	for (const name of readdirSync(DIRECTORY).filter((file) => file.endsWith(".js") && file !== "words.js"))
		for (const [, text] of readFileSync(join(DIRECTORY, name), "utf8").matchAll(
			/\bsay\(\s*"((?:[^"\\]|\\.)*)"/g,
		))
			found.add(JSON.parse(`"${text}"`));
	for (const [, text] of html.matchAll(/>([^<]*[a-z][^<]*)</g)) found.add(text.trim());
	for (const [, text] of html.matchAll(/aria-label="([^"]*)"/g)) found.add(text);
	NAMES.forEach((name) => found.delete(name));
	return found;
}

const values = (text) => [...text.matchAll(/\{\w+\}/g)].map(([name]) => name).sort();

export async function dictionariesAreComplete() {
	const wanted = texts();

	assert.ok(wanted.size > 100, `only ${wanted.size} texts were found`);
	for (const language of LANGUAGES) {
		const { default: dictionary } = await import(resolve(DIRECTORY, `${language}.js`));

		assert.deepEqual(
			[...wanted].filter((text) => !dictionary[text]),
			[],
			`not in ${language}.js`,
		);
		assert.deepEqual(
			Object.keys(dictionary).filter((text) => !wanted.has(text)),
			[],
			`in ${language}.js alone`,
		);
		for (const [text, translation] of Object.entries(dictionary))
			assert.deepEqual(values(translation), values(text), `the {names} of “${text}”`);
	}
}

// Of what is seen: English words, but for names, words of the protocol and of filters, units, and commands.
async function english(page) {
	const known = new RegExp(
		"^(synscope|API|English|SYN|ACK|FIN|RST|PSH|MSS|SACK|p50|p90|p99|Enter|Esc|Space|or|Ctrl|serve|healthz|eth0|up|other" +
			"|Zeek|ns|ms|s|d|h|m|B|K|M|KB|MB|[A-Z]|[jkgaqtlf]|[A-Z]+_[A-Z_0-9]+|CLOSED|LISTEN|ESTABLISHED|CLOSING" +
			"|refused|unanswered|unreachable|closing|closed|open|opening|reset|client|half|by|server|attach|rtt)$",
	);
	const shown = await page.evaluate(() => {
		const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
		const all = [];

		while (walker.nextNode())
			if (!walker.currentNode.parentElement.closest("code, pre, select, .mono"))
				all.push(walker.currentNode.data);
		for (const node of document.querySelectorAll("[aria-label], [title]:not(#language)"))
			all.push(node.getAttribute("aria-label") ?? "", node.getAttribute("title") ?? "");
		return document
			.getElementById("instance")
			.names.split("\n")
			.reduce((text, name) => text.replaceAll(name, ""), all.join("\n"));
	});

	return [...new Set(shown.match(/[A-Za-z][A-Za-z0-9_]*/g))].filter((word) => !known.test(word));
}

// page: a new one. shot(page, name): keeps a screenshot.
export async function pageIsKorean(page, url, shot) {
	const language = () => page.evaluate(() => document.documentElement.lang);
	const switched = async (to) => {
		await page.keyboard.press("l");
		await until(`the page is in ${to}`, async () => (await language().catch(() => "")) === to);
		await page.waitForSelector("#flows-note:not(:empty)");
	};

	await page.addInitScript(() => Object.defineProperty(navigator, "languages", { value: ["ko-KR", "en"] }));
	await page.goto(`${url}?all=1`);
	await page.waitForSelector("#failures-table tbody tr");
	await page.waitForSelector("#flows-note:not(:empty)");
	await shot(page, "korean");
	assert.equal(await language(), "ko", "the language of the browser");
	assert.deepEqual(await english(page), []);
	for (const button of await page.$$(".as-table")) await button.click();
	await page.click("#flows-table tbody a");
	await page.waitForSelector("#drawer .ladder");
	await shot(page, "korean-ladder");
	assert.deepEqual(await english(page), [], "with a ladder");
	await page.keyboard.press("q");
	await switched("en");
	assert.equal(await page.textContent("#flows-title"), "4 Connections");
	await page.reload();
	await page.waitForSelector("#flows-note:not(:empty)");
	assert.equal(await language(), "en", "what was chosen is kept");
	await switched("ko");
	assert.equal(await page.textContent("#flows-title"), "4 연결");
	await page.evaluate(() => localStorage.removeItem("language"));
	await page.close();
}
