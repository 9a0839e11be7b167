// SPDX-License-Identifier: GPL-2.0-or-later
// Provision a device in listening mode with Particle's own client, softap-setup, as particle-cli does it.
//
//     node provision.js PORT tcp|http SSID SECURITY KEY CHANNEL
//
// Prints what each step brought. Exit status: 0 the device has taken all; 1 it has not, or did not answer.
'use strict';

const util = require('util');
const SoftAPSetup = require('softap-setup');

const [port, protocol, ssid, security, key, channel] = process.argv.slice(2);
const device = new SoftAPSetup({ host: '127.0.0.1', port: Number(port), protocol, timeout: 30000 });
const ask = (name, ...rest) => util.promisify(device[name]).call(device, ...rest);

async function main() {
    const info = await ask('deviceInfo');
    if (!/^[0-9a-f]{24}$/.test(info.id)) throw new Error(`no device id: ${JSON.stringify(info)}`);
    console.log(`id ${info.id} claimed ${info.claimed}`);
    console.log(`version ${JSON.stringify(await ask('version'))}`);
    const found = await ask('scan');
    for (const n of found.sort((a, b) => (a.ssid < b.ssid ? -1 : 1)))
        console.log(`scan ${n.ssid} channel ${n.ch} rssi ${n.rssi} security ${device.securityLookup(n.sec)}`);
    const pem = await ask('publicKey');
    if (!/BEGIN PUBLIC KEY/.test(pem)) throw new Error('no public key');
    await ask('setClaimCode', 'a'.repeat(63));
    const configured = await ask('configure', { ssid, security, password: key || undefined, channel: Number(channel) });
    if (configured.r !== 0) throw new Error(`configure: ${JSON.stringify(configured)}`);
    await ask('connect');
    console.log('connect');
}

main().catch((error) => {
    console.error(String(error));
    process.exit(1);
});
