// A registry of npm with the packages of some folders, for one test. It prints its address, and ends with its standard input.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

const files = new Map();
const documents = new Map();
let address;

function add(manifest, integrity) {
  const { name, version } = manifest;
  const tarball = `${address}/-/${name}-${version}.tgz`;
  const document = documents.get(name) ?? { name, "dist-tags": {}, versions: {} };
  document.versions[version] = { ...manifest, dist: { tarball, integrity } };
  document["dist-tags"].latest = version;
  documents.set(name, document);
}

function read(folder) {
  for (const file of readdirSync(folder).filter((file) => file.endsWith(".tgz"))) {
    const path = join(folder, file);
    const content = readFileSync(path);
    const manifest = JSON.parse(execFileSync("tar", ["-xzOf", path, "package/package.json"]));
    files.set(`/-/${file}`, content);
    add(manifest, `sha512-${createHash("sha512").update(content).digest("base64")}`);
  }
}

// Packages of other platforms exist, and are not to be downloaded.
function addOthers() {
  for (const { versions } of [...documents.values()]) {
    for (const { optionalDependencies } of Object.values(versions)) {
      for (const [name, version] of Object.entries(optionalDependencies ?? {})) {
        const [os, cpu] = name.split("-").slice(-2);
        if (!documents.get(name)?.versions[version]) add({ name, version, os: [os], cpu: [cpu] });
      }
    }
  }
}

const server = createServer(({ url }, response) => {
  const document = documents.get(decodeURIComponent(url.slice(1)));
  const content = document ? JSON.stringify(document) : files.get(url);
  response.writeHead(content ? 200 : 404).end(content);
});
server.listen(0, "127.0.0.1", () => {
  address = `http://127.0.0.1:${server.address().port}`;
  process.argv.slice(2).forEach(read);
  addOthers();
  console.log(address);
});
process.stdin.resume().on("end", () => process.exit());
