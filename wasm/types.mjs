// The TypeScript types of the records, from their JSON Schema, which is made from the Rust types and
// checked against them: node types.mjs FILE writes them, record() returns them.
import { compile } from "json-schema-to-typescript";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const SCHEMA = join(import.meta.dirname, "../schemas/record.v1.schema.json");
const BANNER = "// Made of schemas/record.v1.schema.json by `npm run types`: do not edit.";

/** The text of npm/record.d.ts. */
export function record() {
    const schema = JSON.parse(readFileSync(SCHEMA, "utf8"));
    // The name of the interface.
    schema.title = "StackprintRecord";
    // A reference with a description beside it would be taken for another type.
    for (const property of Object.values(schema.properties)) {
        if (!property.$ref) continue;
        property.allOf = [{ $ref: property.$ref }];
        delete property.$ref;
    }
    return compile(schema, schema.title, {
        bannerComment: BANNER,
        additionalProperties: false,
        style: { tabWidth: 4, printWidth: 110 },
    });
}

if (process.argv[1] === import.meta.filename) writeFileSync(process.argv[2], await record());
