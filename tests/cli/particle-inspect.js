// SPDX-License-Identifier: GPL-2.0-or-later
// What `particle binary inspect` says of files, and what our own inspection (JSON on the standard input) would have it say, line
// by line. Usage: particle-inspect.js FILE... ; NODE_PATH leads to particle-cli. Prints each difference; exit status 1 if any.
const fs = require('fs');
const path = require('path');
const Command = require('particle-cli/dist/cmd/binary');
const platforms = require('particle-cli/dist/lib/utilities').knownPlatforms();

const plain = (text) => text.replace(/\u001b\[[0-9;]*m/g, '');
const kinds = ['an unknown module', 'a reserved module', 'a bootloader', 'a monolithic firmware', 'a system module',
	'an application module', 'a settings module', 'a network coprocessor (NCP) module', 'a radio stack module'];

async function theirs(file) {
	const lines = [];
	const log = console.log;
	console.log = (text) => lines.push(plain(text));
	try {
		await new Command().inspectBinary(file);
	} catch (error) {
		lines.push(`error: ${error.message}`);
	} finally {
		console.log = log;
	}
	return lines;
}

function ours(file, report) {
	const lines = [path.basename(file)];
	const name = Object.keys(platforms).filter((k) => platforms[k] === report.platform).pop();
	const needs = report.dependencies;
	lines.push(report.crc_good ? ` CRC is ok (${report.crc.toString(16).padStart(8, '0')})` : ' CRC failed');
	lines.push(name ? ` Compiled for ${name}` : ` Compiled for unknown platform (ID: ${report.platform})`);
	lines.push(` This is ${kinds[report.function]} number ${report.index} at version ${report.version}`);
	if (report.product !== undefined && report.product !== 65535 && report.product_version !== 65535)
		lines.push(` It is firmware for product id ${report.product} at version ${report.product_version}`);
	needs.forEach((need, i) => lines.push(` It ${i ? 'also ' : ''}depends on ${kinds[need.function]} number ${need.index} ` +
		`at version ${need.version}`));
	return lines;
}

async function main() {
	const reports = JSON.parse(fs.readFileSync(0, 'utf8'));
	let differ = 0;
	for (const [i, file] of process.argv.slice(2).entries()) {
		const expect = (await theirs(file)).map((line) => line.replace(/^ CRC failed .*/, ' CRC failed'));
		const have = ours(file, reports[i]);
		// An old trailer of 36 bytes has no product; particle-cli reads the bytes before it as one.
		const wanted = reports[i].suffix_size === 36 ? expect.filter((line) => !/product id/.test(line)) : expect;
		if (wanted.join('\n') !== have.join('\n')) {
			differ++;
			console.log(`${file}:\nparticle-cli:\n${wanted.join('\n')}\nphoton-emu:\n${have.join('\n')}`);
		}
	}
	console.log(`${process.argv.length - 2} files, ${differ} differ`);
	process.exitCode = differ ? 1 : 0;
}

main();
