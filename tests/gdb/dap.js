// SPDX-License-Identifier: GPL-2.0-or-later
// What an IDE does, through the Debug Adapter Protocol: node dap.js NODE_MODULES PORT ELF SOURCE
'use strict';
const fs = require('fs');
const path = require('path');
const [modules, port, elf, source] = process.argv.slice(2);
const {DebugClient} = require(path.join(modules, '@vscode/debugadapter-testsupport'));

function expect(condition, problem) {
    if (!condition)
        throw new Error(problem);
}

function lineOf(text) {
    return fs.readFileSync(source, 'utf8').split('\n').findIndex(line => line.includes(text)) + 1;
}

async function main() {
    const adapter = path.join(modules, 'cdt-gdb-adapter/dist/debugTargetAdapter.js');
    const client = new DebugClient('node', adapter, 'gdbtarget', {env: process.env});
    await client.start();
    client.defaultTimeout = 20000;
    await client.initializeRequest({adapterID: 'gdbtarget', linesStartAt1: true, columnsStartAt1: true, pathFormat: 'path'});
    const initialized = client.waitForEvent('initialized');
    const attached = client.attachRequest({
        gdb: 'gdb-multiarch',
        program: elf,
        target: {type: 'extended-remote', host: '127.0.0.1', port},
    });
    await initialized;

    const line = lineOf('rounds++;');
    const set = await client.setBreakpointsRequest({source: {path: source}, breakpoints: [{line}]});
    expect(set.body.breakpoints[0].verified, 'the breakpoint was not verified');
    const stopped = client.waitForEvent('stopped');
    await client.configurationDoneRequest();
    await attached;
    let stop = await stopped;
    if (stop.body.reason !== 'breakpoint') { // it stood there already when it was attached to
        const next = client.waitForEvent('stopped');
        await client.continueRequest({threadId: stop.body.threadId});
        stop = await next;
    }
    expect(stop.body.reason === 'breakpoint', `stopped by ${stop.body.reason}`);

    const threads = await client.threadsRequest();
    expect(threads.body.threads.length === 1, 'not one thread');
    const stack = await client.stackTraceRequest({threadId: stop.body.threadId});
    const frame = stack.body.stackFrames[0];
    expect(frame.name === 'one_round' && frame.line === line, `it is at ${frame.name}:${frame.line}`);
    const memory = await client.customRequest('readMemory', {memoryReference: '0x08000000', count: 4});
    expect(Buffer.from(memory.body.data, 'base64').readUInt32LE(0) === 0x20020000, 'the memory is another');
    const value = await client.evaluateRequest({expression: 'constant', frameId: frame.id});
    expect(value.body.result === '305419896', `constant is ${value.body.result}`);

    const stepped = client.waitForEvent('stopped');
    await client.nextRequest({threadId: stop.body.threadId});
    await stepped;
    await client.disconnectRequest({});
    await client.stop().catch(() => {});
    console.log('DONE');
}

main().then(() => process.exit(0), error => {
    console.error(error);
    process.exit(1);
});
