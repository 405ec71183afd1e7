// When records came, by family of systems: bars of equal width, of which there are never too many.

/** Bars of a picture. */
export const BARS = 240;
/** Part of the records that may lie outside of a picture, where they are far from all others. */
const MAX_OUTSIDE = 0.01;
/** How far: times the length of the time that has nearly all. */
const FAR = 4;

/** Counts of bars: by start in bars of `seconds`, and in each by family. */
export class Timeline {
    private readonly bars = new Map<number, Float64Array>();
    private seconds = 1;
    /** The bar that grows, and what was not yet added to it. */
    private growing = { bar: NaN, counts: new Float64Array(0) };

    constructor(private readonly families: number) {
        this.growing.counts = new Float64Array(families);
    }

    add(seconds: number, family: number): void {
        const bar = Math.floor(seconds / this.seconds);
        if (bar !== this.growing.bar) {
            this.settle();
            this.growing.bar = Math.floor(seconds / this.seconds);
        }
        this.growing.counts[family]! += 1;
    }

    /** Counts what the growing bar has gained; where there are too many bars, two become one. */
    private settle(): void {
        const { bar, counts } = this.growing;
        if (Number.isNaN(bar)) return;
        this.put(this.bars, bar, counts);
        counts.fill(0);
        while (this.bars.size > BARS * 2) {
            const old = [...this.bars];
            this.bars.clear();
            this.seconds *= 2;
            this.growing.bar = Math.floor(this.growing.bar / 2);
            for (const [at, counts] of old) this.put(this.bars, Math.floor(at / 2), counts);
        }
    }

    private put(bars: Map<number, Float64Array>, bar: number, counts: Float64Array): void {
        let into = bars.get(bar);
        if (!into) bars.set(bar, (into = new Float64Array(this.families)));
        for (let family = 0; family < counts.length; family += 1) into[family]! += counts[family]!;
    }

    /** The bars, each with its start and length in seconds. */
    *all(): Generator<{ start: number; seconds: number; counts: Float64Array }> {
        this.settle();
        for (const [bar, counts] of this.bars) yield { start: bar * this.seconds, seconds: this.seconds, counts };
    }
}

export interface Picture {
    start: number; step: number;
    /** For each family, the records of each bar. */
    counts: Record<string, number[]>;
    /** Records that are far from all others in time. */
    outside: number;
}

/** One picture of several timelines, whose families have names. */
export function picture(parts: { timeline: Timeline; families: string[] }[]): Picture | null {
    const bars = parts.flatMap(({ timeline, families }) => [...timeline.all()].map((bar) => ({ ...bar, families })));
    if (!bars.length) return null;
    bars.sort((a, b) => a.start - b.start);
    const total = (counts: Float64Array): number => counts.reduce((sum, count) => sum + count, 0);
    const [from, to] = inside(bars.map(({ start, seconds, counts }) => ({ start, end: start + seconds, count: total(counts) })));
    let outside = 0;
    const shown = bars.filter((bar, at) => {
        if (at >= from && at < to) return true;
        outside += total(bar.counts);
        return false;
    });
    const start = shown[0]!.start;
    const end = Math.max(...shown.map((bar) => bar.start + bar.seconds));
    let step = Math.max(...shown.map(({ seconds }) => seconds));
    while ((end - start) / step > BARS) step *= 2;
    const counts: Picture["counts"] = {};
    for (const bar of shown)
        bar.counts.forEach((count, family) => {
            if (count === 0) return;
            const name = bar.families[family] ?? "unknown";
            const row = (counts[name] ??= new Array<number>(Math.ceil((end - start) / step)).fill(0));
            row[Math.floor((bar.start - start) / step)]! += count;
        });
    return { start, step, counts, outside };
}

/** Which of the bars, in order, to show: not a few records that are far from all others. */
function inside(bars: { start: number; end: number; count: number }[]): [number, number] {
    const all = bars.reduce((sum, { count }) => sum + count, 0);
    const [first, last] = [bars[0]!, bars[bars.length - 1]!];
    // The shortest time that has nearly all of them.
    let [start, end] = [first.start, last.end];
    for (let from = 0, to = 0, count = 0; to < bars.length; to += 1) {
        count += bars[to]!.count;
        for (; count - bars[from]!.count >= all * (1 - MAX_OUTSIDE); from += 1) count -= bars[from]!.count;
        if (count >= all * (1 - MAX_OUTSIDE) && bars[to]!.end - bars[from]!.start < end - start) [start, end] = [bars[from]!.start, bars[to]!.end];
    }
    const length = end - start;
    if (last.end - first.start <= FAR * length) return [0, bars.length];
    const isNear = (bar: { start: number; end: number }): boolean => bar.end >= start - length && bar.start <= end + length;
    return [bars.findIndex(isNear), bars.findLastIndex(isNear) + 1];
}
