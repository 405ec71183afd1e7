// The entry for Node: the module is read from disk at once, so that init() has nothing left to do.
import { readFileSync } from "node:fs";
import { initSync } from "./stackprint.js";

const exports = initSync({ module: readFileSync(new URL("stackprint_bg.wasm", import.meta.url)) });

export * from "./stackprint.js";
export default async () => exports;
