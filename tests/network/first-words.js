// SPDX-License-Identifier: GPL-2.0-or-later
// A cloud that knows the first words only: sends whoever connects 40 bytes and waits for 256, the begin of Particle's handshake.
//
//     node first-words.js PORT
//
// Says "listening" and then "256 bytes". Exit status: 0 it got them; 1 it cannot listen there.
'use strict';

require('net')
    .createServer((socket) => {
        let length = 0;
        socket.on('error', () => {});
        socket.on('data', (data) => {
            length += data.length;
            if (length < 256) return;
            console.log(`${length} bytes`);
            process.exit(0);
        });
        socket.write(Buffer.alloc(40, 0x5a));
    })
    .on('error', () => process.exit(1))
    .listen(Number(process.argv[2]), '127.0.0.1', () => console.log('listening'));
