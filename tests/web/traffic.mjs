// SPDX-License-Identifier: GPL-2.0-only
// The connections between the two hosts.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { Peer, synscope } from "./lab.mjs";

const server4 = "10.0.0.2",
	nobody4 = "10.0.0.99";
const peers = { client: new Peer("client"), server: new Peer("server") };

export async function connect(name, port, address = server4) {
	await peers.server.must(`${name}-listen`, "listen", address, port);
	await peers.client.must(name, "connect", address, port);
	await peers.server.must(name, "accept", `${name}-listen`);
	await peers.client.must(name, "send", 120);
	await peers.server.must(name, "recv", 120);
}

export async function make() {
	for (let i = 0; i < 3; i++) await connect(`open${i}`, 443 + i);
	await connect("v6", 443, "fd00::2");
	await connect("closed", 80);
	await peers.client.must("closed", "shutdown");
	await peers.server.must("closed", "recv", 0);
	await peers.server.must("closed", "close");
	await peers.client.must("closed", "recv", 0);
	await peers.client.must("closed", "close");
	await connect("half", 5432);
	await peers.client.must("half", "shutdown");
	await peers.server.must("half", "recv", 0);
	for (let i = 0; i < 2; i++)
		assert.equal(await peers.client.try(`refused${i}`, "connect", server4, 81), "err ECONNREFUSED");
	await peers.client.must("silent", "start", nobody4, 9000);
	await peers.client.must("silent", "close");
}

export async function fill() {
	const name = `${process.env.LAB}-million`;

	synscope("attach", "eth0", "--netns", `${process.env.LAB}-client`, "--name", name, "--max-flows", "1000000");
	const find = `find /sys/fs/bpf/synscope -path '*${name}*' -name '*xdp*' | head -n 1`;
	const link = execFileSync("bash", ["-c", find], { encoding: "utf8" }).trim();

	execFileSync(`${process.env.BUILD}/fill`, [link, "1000000", "3"]);
}

// One connection after the other until the function that is returned is called, which returns how many there were.
export async function begin() {
	let on = true,
		count = 0;

	await peers.server.must("busy-listen", "listen", server4, 8080);
	const ended = (async () => {
		for (; on; count++) {
			await peers.client.must("busy", "connect", server4, 8080);
			await peers.server.must("busy", "accept", "busy-listen");
			await peers.client.must("busy", "reset");
			await peers.server.must("busy", "close");
		}
	})();

	return async () => {
		on = false;
		await ended;
		return count;
	};
}

export const end = () => Object.values(peers).forEach((peer) => peer.end());
