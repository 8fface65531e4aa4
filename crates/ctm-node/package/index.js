// Loads the library for this platform; everything else is in it.
'use strict';

const { join } = require('node:path');

const platform = `${process.platform}-${process.arch}`;
let library;
try {
  library = require(join(__dirname, 'prebuilds', `${platform}.node`));
} catch (cause) {
  throw new Error(`claude-token-monitor-reader cannot be loaded on ${platform}`, { cause });
}

exports.readHome = library.readHome;
exports.price = library.price;
