// Numbers, sizes and times as people read them.

export const number = (value: number): string => value.toLocaleString("en");

/** "1 host", "2 hosts"; an irregular plural is given. */
export const count = (value: number, one: string, many = `${one}s`): string => `${number(value)} ${value === 1 ? one : many}`;

export const percent = (share: number): string => (share > 0 && share < 0.005 ? "< 1 %" : `${Math.round(100 * share)} %`);

export function size(bytes: number): string {
    if (bytes < 1000) return count(bytes, "byte");
    const unit = bytes < 1e6 ? 1e3 : bytes < 1e9 ? 1e6 : 1e9;
    const value = bytes / unit;
    return `${value.toFixed(value < 10 ? 1 : 0)} ${unit === 1e3 ? "kB" : unit === 1e6 ? "MB" : "GB"}`;
}

export function duration(seconds: number): string {
    if (seconds >= 172_800) return `${Math.floor(seconds / 86_400)} days`;
    if (seconds >= 7200) return `${Math.floor(seconds / 3600)} h`;
    return seconds >= 120 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds)} s`;
}

export const time = (seconds: number): string =>
    seconds < 8.64e12 ? new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ") : "unknown time";

export const words = (name: string): string => name.replaceAll("_", " ");
