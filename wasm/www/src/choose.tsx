// Ways to give captures: chosen, dropped, pasted, a folder, a file that grows, the sample.

import { useEffect, useState } from "preact/hooks";
import type { Given } from "./reading";
import sampleUrl from "./sample.pcap?url&inline";

export type Read = (files: Given[]) => void;

interface Picker { showOpenFilePicker?: () => Promise<FileSystemFileHandle[]> }

const givenOf = (file: File): Given => ({ file, path: file.webkitRelativePath || file.name, isFromFolder: file.webkitRelativePath !== "" });

export function Choose({ read, small }: { read: Read; small: boolean }) {
    const choose = (event: Event & { currentTarget: HTMLInputElement }): void => {
        read([...(event.currentTarget.files ?? [])].map(givenOf));
        event.currentTarget.value = "";
    };
    const sample = (): void => {
        const text = atob(sampleUrl.slice(sampleUrl.indexOf(",") + 1));
        read([givenOf(new File([Uint8Array.from(text, (c) => c.charCodeAt(0))], "sample.pcap"))]);
    };
    const follow = async (): Promise<void> => {
        // Someone who closes the dialog wants nothing.
        const handles = await (window as Picker).showOpenFilePicker!().catch(() => []);
        read(await Promise.all(handles.map(async (handle) => ({ ...givenOf(await handle.getFile()), handle }))));
    };
    return (
        <div class={small ? "choose small" : "choose"}>
            <label class="button main">{small ? "Add captures" : "Choose captures"}<input type="file" multiple onChange={choose} /></label>
            <button type="button" onClick={sample}>Try the sample</button>
            <label class="button">Choose a folder<input type="file" {...{ webkitdirectory: true }} onChange={choose} /></label>
            {"showOpenFilePicker" in window && <button type="button" onClick={() => void follow()} title="reads on while another program writes the file">Follow a growing file</button>}
            {!small && <p>or drop or paste them anywhere on this page: pcap and pcapng, also in gzip or zip, of any size.</p>}
        </div>
    );
}

/** Files of what was dropped, folders included. */
async function dropped(data: DataTransfer): Promise<Given[]> {
    const roots = [...data.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
    if (!roots.some((entry) => entry.isDirectory)) return [...data.files].map(givenOf);
    const found: Given[] = [];
    const walk = async (entry: FileSystemEntry): Promise<void> => {
        if (entry.isDirectory) {
            const reader = (entry as FileSystemDirectoryEntry).createReader();
            // A folder is read a hundred entries at a time.
            for (let some; (some = await new Promise<FileSystemEntry[]>((done, fail) => reader.readEntries(done, fail))).length; ) for (const one of some) await walk(one);
        } else {
            const file = await new Promise<File>((done, fail) => (entry as FileSystemFileEntry).file(done, fail));
            found.push({ file, path: entry.fullPath.replace(/^\//, ""), isFromFolder: entry.fullPath.lastIndexOf("/") > 0 });
        }
    };
    for (const root of roots) await walk(root);
    return found;
}

/** Takes what is dropped or pasted anywhere; true while something is held over the page. */
export function useDropped(read: Read): boolean {
    const [over, setOver] = useState(false);
    useEffect(() => {
        const stop = new AbortController();
        const { signal } = stop;
        window.addEventListener("dragover", (event) => { event.preventDefault(); setOver(true); }, { signal });
        window.addEventListener("dragleave", (event) => { if (!event.relatedTarget) setOver(false); }, { signal });
        window.addEventListener("drop", (event) => {
            event.preventDefault();
            setOver(false);
            if (event.dataTransfer) void dropped(event.dataTransfer).then(read);
        }, { signal });
        window.addEventListener("paste", (event) => read([...(event.clipboardData?.files ?? [])].map(givenOf)), { signal });
        return () => stop.abort();
    }, [read]);
    return over;
}
