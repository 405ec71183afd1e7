import Inline from "../worker?worker&inline";

/** A worker whose script is in the page: a module of its own does not start from a file. */
export const makeWorker = (): Worker => new Inline();
