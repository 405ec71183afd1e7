// The TypeScript types of records and rows, from their JSON Schemas, which are made from the Rust types
// and checked against them: node types.mjs FILE writes them, rows() returns them.
import { compile } from "json-schema-to-typescript";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const SCHEMAS = join(import.meta.dirname, "../schemas");
const KINDS = { record: "StackprintRecord", host: "StackprintHost", connection: "StackprintConnection" };
const BANNER = "// Made of the JSON Schemas in schemas/ by `npm run types`: do not edit.";

/** A reference with a description beside it would be taken for another type. */
function unite(properties) {
    for (const property of Object.values(properties)) {
        if (!property.$ref) continue;
        property.allOf = [{ $ref: property.$ref }];
        delete property.$ref;
    }
}

/** The text of npm/rows.d.ts: types that records and rows share are there once. */
export function rows() {
    const $defs = {};
    for (const [kind, name] of Object.entries(KINDS)) {
        const { $defs: shared, ...schema } = JSON.parse(readFileSync(join(SCHEMAS, `${kind}.v1.schema.json`), "utf8"));
        delete schema.$id;
        delete schema.$schema;
        delete schema.title;
        unite(schema.properties);
        Object.assign($defs, shared, { [name]: schema });
    }
    const anyOf = Object.values(KINDS).map((name) => ({ $ref: `#/$defs/${name}` }));
    const description = "What this package returns: a record, or a row of a host or connection.";
    return compile({ anyOf, $defs, description }, "StackprintRow", {
        bannerComment: BANNER,
        additionalProperties: false,
        style: { tabWidth: 4, printWidth: 110 },
    });
}

if (process.argv[1] === import.meta.filename) writeFileSync(process.argv[2], await rows());
