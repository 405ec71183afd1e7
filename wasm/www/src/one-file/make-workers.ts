import Keeping from "../keeping?worker&inline";
import Reading from "../reading?worker&inline";

/** Workers whose scripts are in the page: modules of their own do not start from a file. */
export const makeWorkers = (): { keeper: Worker; reader: Worker } => ({
    keeper: new Keeping(),
    reader: new Reading(),
});

export const makeReader = (): Worker => new Reading();
