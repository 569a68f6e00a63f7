// SPDX-License-Identifier: GPL-2.0-only
// The hosts, the program and the browser that the tests of the page use.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const { LAB, LAB_DIR, BUILD } = process.env;
const PATIENCE_MS = 60000 * Number(process.env.TEST_PATIENCE ?? 1);
const FLAGS = [
	"--no-sandbox",
	"--disable-gpu",
	"--disable-quic",
	"--no-first-run",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
];

export const INSTANCE = `${LAB}-web`;

export const synscope = (...words) => execFileSync(`${BUILD}/synscope`, words, { encoding: "utf8", stdio: "pipe" });
export const flows = (...words) => JSON.parse(synscope("list", "--all", "--name", INSTANCE, "-o", "json", ...words));

// The ends of flows, by state and side.
export function countsOf(list) {
	const counts = {};

	for (const flow of list)
		for (const side of ["client", "server"])
			counts[`${flow[side].state} ${side}`] = (counts[`${flow[side].state} ${side}`] ?? 0) + 1;
	return counts;
}

// Are two objects with counts the same, in whatever order?
export const equal = (a, b) => JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());

// Until `condition` holds; its last result is returned. `what` is for the message.
export async function until(what, condition) {
	const end = Date.now() + PATIENCE_MS;

	for (;;) {
		const result = await condition();

		if (result) return result;
		if (Date.now() > end) throw new Error(`this did not happen: ${what}`);
		await new Promise((done) => setTimeout(done, 50));
	}
}

// A host's sockets (tests/system/bin/peer.c).
export class Peer {
	constructor(host) {
		this.process = spawn("ip", ["netns", "exec", `${LAB}-${host}`, `${BUILD}/peer`], {
			stdio: ["pipe", "pipe", "inherit"],
		});
		this.lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
	}

	async try(...words) {
		this.process.stdin.write(`${words.join(" ")}\n`);
		return (await this.lines.next()).value;
	}

	async must(...words) {
		const reply = await this.try(...words);

		if (!reply?.startsWith("ok")) throw new Error(`'${words.join(" ")}': ${reply}`);
	}

	end() {
		this.process.stdin.end();
	}
}

async function freePort() {
	const server = createServer().listen(0, "127.0.0.1");

	await once(server, "listening");
	const { port } = server.address();

	server.close();
	await once(server, "close");
	return port;
}

// `synscope serve`, which can be ended and begun again at the same port.
export class Serve {
	async begin() {
		this.port ??= await freePort();
		this.url = `http://127.0.0.1:${this.port}/`;
		this.process = spawn(`${BUILD}/synscope`, ["serve", "--listen", `127.0.0.1:${this.port}`], {
			stdio: ["ignore", "ignore", "pipe"],
		});
		let said = "";

		this.ending = false;
		this.process.on("exit", (status, signal) => {
			if (!this.ending) console.log(`serve has ended with ${status ?? signal}: ${said}`);
		});
		this.process.stderr.on("data", (text) => (said += text));
		await until(
			`serve listens; it says: ${said}`,
			() => said.includes("listening on") || this.process.exitCode != null,
		);
		if (this.process.exitCode != null) throw new Error(`serve ended: ${said}`);
	}

	async end() {
		if (this.process.exitCode == null) {
			this.ending = true;
			this.process.kill("SIGTERM");
			await once(this.process, "exit");
		}
	}
}

// Chromium, whose directory is removed with the hosts.
export async function openBrowser(options) {
	const { chromium } = await import(resolve(BUILD, "web/node_modules/playwright-core/index.mjs"));
	const context = await chromium.launchPersistentContext(join(LAB_DIR, "chromium"), {
		executablePath: "/usr/bin/chromium",
		args: FLAGS,
		headless: true,
		...options,
	});

	context.setDefaultTimeout(PATIENCE_MS);
	return context;
}

export const axeSource = resolve(BUILD, "web/node_modules/axe-core/axe.min.js");
