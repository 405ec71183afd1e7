import init from "stackprint";
import wasmUrl from "stackprint/wasm?url&inline";

/** Takes the engine out of the script: the page in one file may fetch nothing, not even that. */
export const startEngine = (): Promise<unknown> => {
    const text = atob(wasmUrl.slice(wasmUrl.indexOf(",") + 1));
    return init({ module_or_path: Uint8Array.from(text, (c) => c.charCodeAt(0)) });
};
