import init from "stackprint";

/** Fetches the engine, which lies beside the page. */
export const startEngine = (): Promise<unknown> => init();
