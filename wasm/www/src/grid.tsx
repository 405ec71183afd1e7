// A table of any length, of which only the visible rows exist.

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Answer } from "./engine";
import type { Table } from "./keeping";
import type { View } from "./order";

const ROW_PX = 30;
/** Rows above the visible ones, and in all. */
const ROWS_ABOVE = 10, ROWS = 60;
/** Browsers cap the height of an element; for rows beyond these there is the filter. */
const MAX_ROWS = 500_000;

/** `rem` wide, or wider where there is space and it has a share of it. */
export interface Column<T> { key: string; name: string; rem: number; share?: number; cell: (row: T) => ComponentChildren; title?: string; class?: string }
interface Props<T> {
    table: Table; label: string; columns: Column<T>[]; view: View; order: (sort: string, descending: boolean) => void;
    asked: Answer; revision: string; rowId: (row: T) => string; picked: string; pick?: ((row: T) => void) | undefined;
    /** Where to go: the number of a row; with each new object, again. */
    goTo: { row: number } | null;
    told: (total: number, error: string) => void;
}
interface Page<T> { start: number; total: number; rows: T[] }

export function Grid<T>({ table, label, columns, view, order, asked, revision, rowId, picked, pick, goTo, told }: Props<T>) {
    const [top, setTop] = useState(0);
    const [page, setPage] = useState<Page<T>>({ start: 0, total: 0, rows: [] });
    const [at, setAt] = useState(0);
    const box = useRef<HTMLDivElement>(null);
    const latest = useRef(0);
    const start = Math.max(0, Math.floor(top / ROW_PX) - ROWS_ABOVE);
    useEffect(() => {
        const turn = (latest.current += 1);
        void asked("query", { table, view, start, count: ROWS }).then(({ total, rows, error }) => {
            // An answer to an older question must not overwrite a newer one.
            if (turn !== latest.current) return;
            setPage({ start, total, rows: rows as T[] });
            told(total, error);
        });
    }, [JSON.stringify(view), start, revision]);
    // Another filter begins at its first row.
    useEffect(() => { if (box.current) box.current.scrollTop = 0; setAt(0); }, [view.filter, view.from, view.to]);
    const go = (to: number, total: number): void => {
        const next = Math.max(0, Math.min(total - 1, to));
        setAt(next);
        const el = box.current;
        if (!el) return;
        if (next * ROW_PX < el.scrollTop) el.scrollTop = next * ROW_PX;
        else if ((next + 2) * ROW_PX > el.scrollTop + el.clientHeight) el.scrollTop = (next + 2) * ROW_PX - el.clientHeight;
    };
    useEffect(() => { if (goTo) go(goTo.row, Infinity); }, [goTo]);
    const key = (event: KeyboardEvent): void => {
        if (event.target !== box.current) return;
        const to: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + 12, PageUp: at - 12, Home: 0, End: page.total - 1 };
        const next = to[event.key];
        if (next !== undefined) go(next, page.total);
        else if (event.key === "Enter") { const row = page.rows[at - page.start]; if (row) pick?.(row); }
        else return;
        event.preventDefault();
    };
    const template = {
        gridTemplateColumns: columns.map(({ rem, share }) => (share ? `minmax(${rem}rem, ${share}fr)` : `${rem}rem`)).join(" "),
        minWidth: `${columns.reduce((sum, { rem }) => sum + rem, 0)}rem`,
    };
    const rowName = table === "hosts" ? "host" : "connection";
    return (
        <div class="grid" role="grid" aria-label={label} tabIndex={0} ref={box} aria-rowcount={page.total + 1} onKeyDown={key}
            aria-activedescendant={page.total ? `${rowName}-${at}` : undefined} onScroll={(event) => setTop(event.currentTarget.scrollTop)}>
            <div class="row head" role="row" aria-rowindex={1} style={template}>
                {columns.map(({ key, name, title }) => (
                    <div role="columnheader" title={title} aria-sort={view.sort !== key ? "none" : view.descending ? "descending" : "ascending"}>
                        <button class="link" type="button" onClick={() => order(key, view.sort === key && !view.descending)}>
                            {name}{view.sort === key ? (view.descending ? " ↓" : " ↑") : ""}</button>
                    </div>
                ))}
            </div>
            <div role="presentation" style={{ height: `${Math.min(page.total, MAX_ROWS) * ROW_PX}px` }}>
                <div role="presentation" style={{ transform: `translateY(${page.start * ROW_PX}px)` }}>
                    {page.rows.map((row, i) => (
                        <div role="row" id={`${rowName}-${page.start + i}`} key={rowId(row)} aria-rowindex={page.start + i + 2} aria-selected={rowId(row) === picked} style={template}
                            class={page.start + i === at ? "row at" : "row"} onClick={() => { setAt(page.start + i); pick?.(row); }}>
                            {columns.map((column) => {
                                const cell = column.cell(row);
                                // What is cut for want of space is read by pointing at it.
                                return <div role="gridcell" class={column.class} title={typeof cell === "string" && cell ? cell : undefined}>{cell}</div>;
                            })}
                        </div>
                    ))}
                </div>
            </div>
        </div>
    );
}
