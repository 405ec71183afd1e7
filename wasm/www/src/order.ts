// Rows in the order of a view, put in order again only when that is due.

/** Sorting takes one part in so many of the time at most, while records come in. */
const ORDER_EVERY = 20;

export class Ordered<T> {
    private asked = "";
    private rows: T[] = [];
    private revision = -1;
    private nextMs = 0;

    /** The rows that `make` gives for what is asked. While records come in, they may be older ones. */
    get(asked: string, revision: number, isGrowing: boolean, make: () => T[]): T[] {
        const now = performance.now();
        const isOld = this.revision !== revision && (!isGrowing || now >= this.nextMs);
        if (asked !== this.asked || isOld) {
            this.rows = make();
            const tookMs = performance.now() - now;
            [this.asked, this.revision, this.nextMs] = [asked, revision, now + tookMs * ORDER_EVERY];
        }
        return this.rows;
    }
}

/** What a view asks for: which rows, in which order. */
export interface View {
    filter: string; sort: string; descending: boolean;
    /** Seconds: only what was seen in between. */
    from?: number | undefined; to?: number | undefined;
}

export interface Answered<T> { total: number; rows: T[]; error: string }

export function compareBy<T>(value: (row: T) => string | number | null): (a: T, b: T) => number {
    return (a, b) => {
        const [x, y] = [value(a) ?? -1, value(b) ?? -1];
        return x < y ? -1 : x > y ? 1 : 0;
    };
}

/** Whether something that was seen from `first` to `last` was seen in the view's time. */
export const isInTime = ({ from, to }: View, first: number, last: number): boolean =>
    (from === undefined || last >= from) && (to === undefined || first < to);
